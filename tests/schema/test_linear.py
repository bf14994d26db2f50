"""The work before anything is executed grows with the document and no faster.

Work is the number of calls of functions, Python's and C's, while a document is read, validated and measured, or refused
in words: it is the same on every machine and under any load. One call takes about 0.1 µs.
"""

import re
from cProfile import Profile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.figures import note
from bench.hostile_documents import corpus, each, filtered, incident, many, nested, node, page
from schema import limits
from schema.build import core
from schema.documents import MAX_ERRORS
from schema.errors import Refused, formatted
from schema.execution import Request, prepare
from tests.effort import effort

BASE, OF_TOKEN, OF_CHARACTER = 20_000, 300, 4
"""Calls at most: for anything, for a word or sign of the document, and for a character."""
OF_NAME = 350
"""And for each name that a wrong one may have meant: of so many errors, whatever the document, all are looked at."""
TOKEN = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\w+|[^\s\w,]')


def tokens(text):
    return min(len(TOKEN.findall(text)), limits.MAX_TOKENS + 1)  # the parser stops there


def work(text, variables=None):
    """The calls that a document takes, and the code of its refusal."""
    code, profile = None, Profile()
    profile.enable()
    try:
        prepare(Request(text, variables))
    except Refused as refusal:
        code = formatted(refusal.errors)[0]["extensions"]["code"]
    finally:
        profile.disable()
    return sum(entry.callcount for entry in profile.getstats()), code


def allowed(text):
    meant = min(tokens(text), MAX_ERRORS + 1) * OF_NAME * len(core.mutation_type.fields)
    return BASE + meant + OF_TOKEN * tokens(text) + OF_CHARACTER * len(text[: limits.MAX_LENGTH])


@pytest.fixture(scope="module")
def spent():
    """Where the work of hostile documents is collected: the most of it is a figure."""
    prepare(Request("{ cursor }"))  # what is made once is made
    found = {}
    yield found
    worst = max(found, key=found.get)
    note("limits.work", f"{found[worst]:,} calls of functions at most before a document is executed ({worst})")


@pytest.mark.parametrize("name", corpus())
def test_every_hostile_document_is_within_the_work_of_its_size(name, spent):
    text, variables = corpus()[name]
    calls, _ = work(text + " \t", variables)
    spent[name] = calls
    assert calls < allowed(text) + OF_TOKEN * values_of(variables)


def values_of(variables):
    if isinstance(variables, dict | list):
        return 1 + sum(map(values_of, variables.values() if isinstance(variables, dict) else variables))
    return 1


GROWING = {
    "fields": (lambda n: "{ " + each("cursor __typename", n) + " }", 20),
    "aliases": (lambda n: many("a#: cursor", n), limits.MAX_ALIASES // 2),
    "unknown fields": (lambda n: many("wrong#", n), 450),
    "fields that are almost known": (lambda n: many("incidentz#", n), 450),
    "depth": (lambda n: incident(nested("mergedInto", n)), 9),
    "empty fields in fields": (lambda n: "{" + "a {" * n + "b" + "}" * n + "}", 9),
    "fragments": (lambda n: "{ ...f0 } " + fragments(n), 20),
    "fragments that spread two": (lambda n: "{ ...f0 } " + fragments(n, " ...g"), 15),
    "spreads": (lambda n: "{ " + "...f " * n + "} fragment f on Query { cursor }", 30),
    "inline fragments": (lambda n: "{ " + each("... on Query { a#: cursor }", n) + " }", 50),
    "directives": (lambda n: "{ " + each("a#: cursor @include(if: true)", n) + " }", 50),
    "operations": (lambda n: each("query q# { cursor }", n), 25),
    "variables": (
        lambda n: f"query({each('$v#: [String!]', n)}) {filtered('severities: [' + each('$v#', n) + ']')}",
        200,
    ),
    "unused variables": (lambda n: f"query({each('$v#: Int', n)}) {{ cursor }}", 450),
    "values": (lambda n: filtered("stages: [" + "RESPONSE " * n + "]"), 1_900),
    "wrong values": (lambda n: filtered(f"stages: [{each('S#', n)}]"), 1_900),
    "objects": (lambda n: filtered("severities: [" + "{} " * n + "]"), 900),
    "input fields": (lambda n: filtered(each("a#: 1", n)), 49),
    "arguments": (lambda n: f"{{ node({each('a#: 1', n)}) {{ id }} }}", 450),
    "changes": (lambda n: "mutation { " + each('m#: reportIncident(input: {title: "x"}) { cursor }', n) + " }", 50),
    "lists in lists": (lambda n: node("[" * n + "]" * n), 50),
    "a text": (lambda n: node('"' + "x" * n + '"'), 99_000),
    "a text of escapes": (lambda n: node('"' + "\\u0041" * n + '"'), 16_000),
    "a block string": (lambda n: node('"""' + "x\n" * n + '"""'), 2_400),
    "a number": (lambda n: node("1" * n), 99_000),
    "a name": (lambda n: "{" + "x" * n + "}", 99_000),
    "spaces": (lambda n: "{ cursor" + " " * n + "}", 99_000),
    "lines": (lambda n: "{ cursor" + "\n" * n + "}", 2_400),
    "comments": (lambda n: "{ cursor }" + "#x\n" * n, 450),
    "timelines": (lambda n: page(each("a#: timeline(first: 1) { nodes { id } }", n)), 30),
    "types": (lambda n: "type A {" + each("b#: Int", n) + "}", 600),
}
"""Documents that grow, with a size that can be doubled within the limits."""


def fragments(count, more=""):
    every = (f"fragment f{i} on Query {{ cursor ...f{i + 1}{more} }}" for i in range(count))
    return " ".join([*every, f"fragment f{count} on Query {{ cursor }} fragment g on Query {{ cursor }}"])


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_document_is_about_twice_the_work(name):
    text, size = GROWING[name]
    (half, code), (whole, same) = work(text(size)), work(text(2 * size))
    assert code == same, "both are within the limits, or both are not"
    assert whole < 2.5 * half


SIZES = (20, 36, 50, 78)


@pytest.mark.parametrize("name", ["fields of the same name", "lists of the same field"])
def test_what_is_compared_in_pairs_is_bounded_whatever_its_size(name):
    one = "cursor " if name == "fields of the same name" else filtered("stages: [" + "RESPONSE " * 90 + "]")[1:-1]
    spent = [work("{ " + one * times + "}") for times in SIZES]
    refused = [code for _, code in spent]
    assert refused == sorted(refused, key=lambda code: code is not None), "from some number on it is refused"
    assert refused[-1] == "TOO_EXPENSIVE"
    for times, (calls, _) in zip(SIZES, spent, strict=True):
        assert calls < allowed(one * times)


# ---- any document at all

KNOWN = ["cursor", "viewer", "node", "incident", "incidents", "users", "nodes", "edges", "id", "title", "timeline"]
NESTED = ["roles", "mergedInto", "commander", "wrong", "__typename", "__schema", "types", "fields", "name", "members"]
NAMES = st.sampled_from([*KNOWN, *NESTED])
VALUES = st.recursive(
    st.sampled_from(["1", '"x"', "true", "null", "RESPONSE", "$v", '"""y\n z"""', "1.5e3", "-0"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=6).map(lambda items: f"[{' '.join(items)}]"),
        st.dictionaries(st.sampled_from(["open", "stages", "text", "a", "input"]), inner, max_size=4).map(
            lambda fields: "{" + " ".join(f"{key}: {value}" for key, value in fields.items()) + "}"
        ),
    ),
    max_leaves=12,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["first", "last", "id", "ref", "filter", "after"]), VALUES, max_size=3).map(
    lambda given: "(" + " ".join(f"{key}: {value}" for key, value in given.items()) + ")" if given else ""
)


@st.composite
def field_of(draw, inner):
    alias = draw(st.sampled_from(["", "", "a: ", "b: ", "c: "]))
    directive = draw(st.sampled_from(["", "", "", " @include(if: true)", " @skip(if: $v)", " @nope"]))
    selection = f" {{ {draw(inner)} }}" if draw(st.booleans()) else ""
    return alias + draw(NAMES) + draw(ARGUMENTS) + directive + selection


SELECTIONS = st.recursive(
    st.sampled_from(["cursor", "id", "...f0", "...f1", "...f2", "__typename"]),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, field_of(inner)), min_size=1, max_size=8).map(" ".join),
        inner.map(lambda selection: f"... on Query {{ {selection} }}"),
        inner.map(lambda selection: f"... on Incident {{ {selection} }} ... {{ id }}"),
        st.tuples(inner, st.integers(2, 40)).map(lambda pair: f"{pair[0]} " * pair[1]),
    ),
    max_leaves=40,
)


@st.composite
def documents(draw):
    head = draw(
        st.sampled_from(["", "query q($v: Int) ", "mutation ", "subscription ", "query($v: [IncidentFilter!]) "])
    )
    kinds = st.sampled_from(["Query", "Incident", "Node", "Nothing", "Mutation"])
    parts = [f"fragment f{i} on {draw(kinds)} {{ {draw(SELECTIONS)} }}" for i in range(draw(st.integers(0, 4)))]
    return " ".join([f"{head}{{ {draw(SELECTIONS)} }}", *parts])


@settings(max_examples=effort(60, 5_000), deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(documents())
def test_any_document_is_within_the_work_of_its_size(text):
    calls, _ = work(text)
    assert calls < allowed(text)


@settings(max_examples=effort(60, 3_000), deadline=None, database=None)
@given(
    st.text(
        st.sampled_from('{}()[]:!@$&|=.,"\\#\n\r \t\ufeff0-1e9abfragment query…é\x00\N{GRINNING FACE}'), max_size=2_000
    )
)
def test_any_text_is_within_the_work_of_its_size(text):
    calls, _ = work(text)
    assert calls < allowed(text)
