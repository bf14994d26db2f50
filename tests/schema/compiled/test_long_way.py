"""What is not executed in compiled form goes through graphql-core, and is counted by its reason."""

import httpx
import pytest
from graphql import GraphQLError

from core.errors import DomainError
from schema.build import core
from schema.compiled import fetch
from schema.compiled.reasons import COMPILED, LONG_WAY, Reason
from schema.compiled.scan import check_field, switches_of
from tests.schema.client import HOST, Client, app_of, runtime_of
from tests.schema.compiled import little
from tests.schema.compiled.both import Case, by_compiled, document_of
from tests.schema.whole import object_types


def counted(reason: Reason) -> float:
    return LONG_WAY.labels(reason)._value.get()  # noqa: SLF001


async def answered(text: str, **more):
    case = Case(text, **more)
    return await by_compiled(document_of(text), case, case.world())


async def test_introspection_is_for_graphql_core_and_counted():
    before = counted(Reason.INTROSPECTION)
    assert await answered("{ person { name } __schema { queryType { name } } }") is None
    assert counted(Reason.INTROSPECTION) == before + 1


async def test_an_answer_with_an_error_is_completed_by_graphql_core_and_counted():
    before, compiled = counted(Reason.ERRORS), COMPILED._value.get()  # noqa: SLF001
    result = await answered(
        "{ a: person { name } b: person(key: 2) { weight } }", faults={("Person", 2, "weight"): None}
    )
    assert result.data == {"a": {"name": "P1"}, "b": None}
    assert counted(Reason.ERRORS) == before + 1  # of the one root field
    assert COMPILED._value.get() == compiled + 1  # noqa: SLF001


async def test_a_condition_that_can_not_be_told_is_for_graphql_core():
    assert await answered("query($a: Boolean = true) { person { name @skip(if: $a) } }", variables={"a": None}) is None


async def test_fragments_that_are_not_spread_do_not_matter():
    known = document_of(
        "query A { person { name } } query B($v: Boolean!) { ...F } fragment F on Query { a: __typename @skip(if: $v) }"
    )
    operation = known.operation("A")
    assert switches_of(little.core, operation, known.fragments) == ()
    assert switches_of(little.core, known.operation("B"), known.fragments) == ("v",)


async def test_each_batch_is_asked_once_for_all_rows_of_a_level():
    case = Case(
        "{ people { friends { boss { name } } more: friends(first: 3) { boss { age } }"
        " pair { friends { boss { name } } } } }"
    )
    world = case.world()
    result = await by_compiled(document_of(case.document), case, world)
    assert not result.errors
    assert world.calls == {"friends": 2, "pair_friends": 1, "boss": 1}


async def test_an_operation_is_compiled_once_for_each_choice_of_conditions():
    text = "query($a: Boolean!) { person { name @skip(if: $a) age } }"
    known = document_of(text)
    for given in (True, False, True):
        case = Case(text, {"a": given})
        result = await by_compiled(known, case, case.world())
        assert ("name" in result.data["person"]) is not given
    (operation,) = known.compiled._known.values()  # noqa: SLF001
    assert len(operation._variants) == 2  # noqa: SLF001


async def test_an_answer_that_turns_out_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(fetch, "MAX_OBJECTS", 7)
    result = await answered("{ people { friends { name } } must { name } }")
    assert result.data is None
    (error,) = result.errors
    assert isinstance(error, GraphQLError)
    assert isinstance(error.original_error, DomainError)
    assert error.path == ["people"]


@pytest.mark.parametrize("on", [True, False])
async def test_the_setting_switches_it_off(world, database, on):
    runtime = runtime_of(database, compiled_operations=on)
    before = COMPILED._value.get()  # noqa: SLF001
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        data = await Client(world, http, runtime).ask("{ viewer { name } severities { name } }")
    assert data["viewer"] == {"name": "Ben Silva"}
    assert COMPILED._value.get() == before + on  # noqa: SLF001


def test_the_whole_schema_can_be_compiled():
    """Every field below the root is batched, computed or read: nothing of ours goes the long way for what it is."""
    for kind in object_types():
        for name in kind.fields:
            if kind not in (core.query_type, core.mutation_type, core.subscription_type):
                check_field(kind, name)
