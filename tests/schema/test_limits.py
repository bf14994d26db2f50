"""Hostile documents: refused, soon, and with a reason. A second of one event loop is a second of everybody's."""

import time

import pytest
from graphql import get_introspection_query

from bench.hostile_documents import HEAVY, INVALID, TOO_EXPENSIVE, VARIABLES, each, request
from core.errors import DomainError
from schema import documents
from schema.body import Refusal, decode
from schema.build import core
from schema.cost import MAX_COST
from schema.errors import Refused, formatted
from schema.execution import Request, prepare

STALL = 0.8
"""Seconds of this thread that a document may take before it is refused or understood, also on a slow machine. What it
takes in work, and that the work grows with the document and no faster, is counted in test_linear.py; how long it takes
beside an honest query, by bench.hostile."""


def judged(query, variables=None):
    """The code with which a document is refused, or its cost; and that it did not take long."""
    took = []
    for again in range(3):  # the best of three: other work on the machine is not the document's fault
        begun = time.thread_time()
        verdict = verdict_on(Request(**request(query, variables, again=again)))
        took.append(time.thread_time() - begun)
        if took[-1] < STALL:
            return verdict
    raise AssertionError(took)


def verdict_on(request):
    try:
        return prepare(request).cost
    except Refused as refusal:
        return formatted(refusal.errors)[0]["extensions"]["code"]


@pytest.mark.parametrize("name", TOO_EXPENSIVE)
def test_what_is_too_large_is_refused_at_once(name):
    assert judged(TOO_EXPENSIVE[name]) == "TOO_EXPENSIVE"


@pytest.mark.parametrize("name", INVALID)
def test_what_is_invalid_is_refused_at_once(name):
    assert judged(INVALID[name]) == "GRAPHQL_INVALID"


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_within_the_limits_is_understood_at_once(name):
    assert 0 < judged(HEAVY[name]) <= MAX_COST


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_are_read_at_once(name):
    assert judged(*VARIABLES[name]) in (*range(MAX_COST), "GRAPHQL_INVALID")


def test_messages_about_long_documents_are_short():
    for query in (INVALID["unknown input fields"], INVALID["one very long name"]):
        with pytest.raises(Refused) as refusal:
            prepare(Request(query))
        errors = formatted(refusal.value.errors)
        assert len(errors) <= documents.MAX_ERRORS + 1
        assert all(len(error["message"]) <= 1_000 for error in errors)


@pytest.mark.parametrize("value", [{}, "NOPE", 1, None])
def test_a_few_of_many_wrong_values_are_told(value):
    query = "query($f: IncidentFilter) { incidents(filter: $f) { nodes { id } } }"
    variables = {"f": {"stages": [value] * 9_000}}
    assert judged(query, variables) == "GRAPHQL_INVALID"
    with pytest.raises(Refused) as refusal:
        prepare(Request(query, variables))
    assert len(refusal.value.errors) <= documents.MAX_ERRORS + 1


@pytest.mark.parametrize("value", ["[]", "{}", '""', '{"a":1}', "1", '"[,"'])
def test_a_body_of_many_values_is_refused_before_any_of_them_is_made(value):
    text = f'{{"query": "{{ cursor }}", "extensions": {{"a": [{",".join([value] * (900_000 // (len(value) + 1)))}]}}}}'
    refused_at_once(text)


@pytest.mark.parametrize("quote", ['"', '\\"', '"\\"', "\\"])
def test_quotes_without_an_end_do_not_take_long(quote):
    refused_at_once('{"query": "' + quote * (900_000 // len(quote)) + "," * 30_000)


def refused_at_once(text):
    begun = time.thread_time()
    with pytest.raises(Refusal):
        decode(text.encode())
    assert time.thread_time() - begun < STALL


def test_a_long_text_full_of_commas_and_brackets_is_read():
    assert decode(b'{"query": "' + b'[,{\\"' * 40_000 + b'"}') == {"query": '[,{"' * 40_000}


def test_what_people_and_tools_really_send_is_within_the_limits():
    assert judged(get_introspection_query(input_value_deprecation=True)) == 1
    board = """
      query Board($n: Int = 50) { incidents(first: $n, filter: {open: true}) { nodes {
        id reference title stage severity { name rank } services { name owner { name } } commander { name }
        roles { role { key name } user { name } assumedAt } unfilledRoles { name }
        timeline(last: 5) { nodes { number kind text occurredAt actor { name } } }
        updates(last: 1) { nodes { body publishedAt nextUpdateBy } } } } }
    """
    assert judged(board) < MAX_COST
    assert judged(board, {"n": 100}) < MAX_COST
    entry = 'm#: addEntry(input: {incident: "1", kind: NOTE, text: "x"}) { cursor event { id text } }'
    assert judged(f"mutation {{ {each(entry, 60)} }}") < MAX_COST


# ---- cost


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ cursor }", None, 1),
        ("{ a: cursor b: cursor }", None, 2),
        ("{ ...f ...f } fragment f on Query { cursor }", None, 2),
        ("{ incidents { nodes { id } } }", None, 1 + 25 * 2),
        ("{ incidents(first: 3) { nodes { id } edges { node { id } } } }", None, 1 + 3 * (2 + 3)),
        ("query($n: Int) { incidents(first: $n) { nodes { id } } }", {"n": 4}, 1 + 4 * 2),
        ("query($n: Int = 7) { incidents(last: $n) { nodes { id } } }", None, 1 + 7 * 2),
        ("{ incidents(first: 2147483647) { nodes { id } } }", None, 1 + 100 * 2),
        ("{ incidents(first: 0) { nodes { id } } }", None, 1 + 1 * 2),
        ("{ incidents(first: null) { nodes { id } } }", None, 1 + 25 * 2),
        ("{ incident(ref: 1) { roles { user { name } } } }".replace("1", '"1"'), None, 1 + (1 + 5 * (1 + 1))),
        ("{ users { name } }", None, 1 + 25),
        ("{ node(id: 1) { id ... on Incident { title ... on Node { id } } } }", None, 1 + 3),
        ("{ __schema { types { name fields { name } } } }", None, 1),
        ('mutation { addTask(input: {incident: "1", title: "x"}) { cursor } }', None, 100 + 1 + 1),
    ],
)
def test_the_cost_is_the_number_of_fields_of_the_fullest_answer(query, variables, cost):
    assert judged(query, variables) == cost


def test_mutations_in_fragments_cost_as_much():
    query = 'mutation { ...m } fragment m on Mutation { addTask(input: {incident: "1", title: "x"}) { cursor } }'
    assert judged(query) == 102


# ---- what is remembered


def test_a_good_document_is_remembered_and_a_bad_one_is_not():
    kept = documents.Documents(core)
    assert kept.read("{ cursor }") is kept.read("{ cursor }")
    with pytest.raises(Refused):
        kept.read("{ nothing }")
    assert kept.kept == ["{ cursor }"]


def test_a_large_document_is_read_and_not_remembered():
    kept = documents.Documents(core)
    large = "{ cursor }" + " " * documents.LONGEST_KEPT
    assert kept.read(large) is not kept.read(large)
    assert kept.kept == []


def test_what_is_remembered_is_bounded_in_number_and_in_size(monkeypatch):
    monkeypatch.setattr(documents, "MAX_ENTRIES", 2)
    kept = documents.Documents(core)
    for name in "abc":
        kept.read(f"{{ {name}: cursor }}")
    kept.read("{ b: cursor }")
    assert kept.kept == ["{ c: cursor }", "{ b: cursor }"]
    monkeypatch.setattr(documents, "MAX_TEXT", 30)
    kept.read("{ d: cursor   }")
    assert kept.kept == ["{ b: cursor }", "{ d: cursor   }"]


def test_a_refusal_says_what_to_do():
    with pytest.raises(Refused) as refusal:
        prepare(Request(TOO_EXPENSIVE["pages in pages"]))
    (error,) = refusal.value.errors
    assert isinstance(error.original_error, DomainError)
    assert "smaller pages" in error.original_error.hint
