"""Only the columns that are asked for: what fields say that they need is enough, and nothing else is read."""

from typing import Any

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import select

from core.rows import frozen, names_of, narrow, select_of
from resolvers.batch import Selected
from resolvers.context import Context
from resolvers.fields import BATCH, ROW, ROWS
from schema.build import core
from schema.compiled.operation import needs_of
from schema.plan import DEFINITION
from tests.resolvers.test_batch import several
from tests.schema.client import Statements

ASKED = [
    ("number kind", ["id", "number", "kind"], ["data", "text_digest", "event_text", "actor_kind"]),
    ("text", ["data", "text_digest", "event_text"], ["recorded_at", "entry_kind", "origin_digest"]),
    ("number occurredAt recordedAt data", ["number", "occurred_at", "recorded_at", "data"], ["actor_id", "event_text"]),
]


def fields_of(kind: GraphQLObjectType) -> list[Any]:
    """Strawberry's definitions of a type's fields."""
    return [field.extensions[DEFINITION] for field in kind.fields.values()]


def narrowed() -> list[GraphQLObjectType]:
    """The types whose rows may be read with fewer columns than their model has."""
    kinds = [kind for kind in core.type_map.values() if isinstance(kind, GraphQLObjectType) and kind.name[:2] != "__"]
    every = [ours for kind in kinds for ours in fields_of(kind)]
    models = {ours.metadata[BATCH].rows for ours in every if BATCH in ours.metadata}
    models |= {ours.metadata.get(ROWS) for ours in every}
    return [kind for kind in kinds if getattr(kind.is_type_of, "model", None) in models - {None}]


def reach(model: type[Any], ours: Any) -> tuple[str, ...] | None:
    """The columns of a model that a field says it reads, as `schema.compiled` takes it; None if it does not say."""
    named = needs_of(ours)
    if named is None:
        return None
    columns = tuple(column for name in named for column in getattr(model, "reads", {}).get(name, (name,)))
    return columns if set(columns) <= {*names_of(model), *getattr(model, "beside", ())} else None


async def value_of(ctx: Context, ours: Any, rows: list[Any]) -> list[Any]:
    """What a field is for rows; errors included."""
    if BATCH in ours.metadata:
        return await ours.metadata[BATCH].values(ctx, rows, {})
    read = ours.metadata.get(ROW) or (lambda row: getattr(row, ours.python_name))
    return [read(row) for row in rows]


@pytest.fixture
async def ctx(client, world):
    """The context of an admin, among incidents of every sort."""
    await several(world, 12)
    ctx = Context(client.runtime, world.ada)
    yield ctx
    await ctx.close()


async def test_what_a_field_says_that_it_needs_is_enough(ctx):
    tried = []
    for kind in narrowed():
        model: Any = kind.is_type_of.model
        wide = await ctx.reader.rows(model, select(model).order_by(model.id).limit(100))
        for name, field in kind.fields.items():
            ours = field.extensions[DEFINITION]
            columns = reach(model, ours)
            if columns is None or any(argument.type for argument in field.args.values() if argument.default_value):
                continue
            few = await ctx.reader.tuples(select(*select_of(model, columns)).order_by(model.id).limit(100))
            some = [tuple.__new__(narrow(model, columns), row) for row in few]
            expected = await value_of(ctx, ours, wide)
            assert await value_of(ctx, ours, some) == expected, f"{kind.name}.{name}"
            assert not any(isinstance(each, Exception) for each in expected), f"{kind.name}.{name}"
            tried += [f"{kind.name}.{name}"] if wide else []
    assert {"Event.text", "Event.cursor", "Incident.severity", "Incident.reference", "User.name"} <= set(tried)
    assert len(tried) > 60


@pytest.mark.parametrize(("fields", "read", "spared"), ASKED)
async def test_no_column_is_read_that_nobody_asked_for(client, world, fields, read, spared):
    await several(world, 2)
    query = f"{{ incidents(first: 5) {{ nodes {{ title timeline(last: 3) {{ nodes {{ {fields} }} }} }} }} }}"
    await client.ask(query)
    with Statements(world.database) as statements:
        await client.ask(query)
    (incidents,) = [each for each in statements.seen if "FROM incident \n" in each or "FROM incident\n" in each]
    (events,) = [each for each in statements.seen if "LATERAL" in each]
    assert "incident.title" in incidents
    assert "incident.summary" not in incidents
    for column in read:
        assert column in events
    for column in spared:
        assert column not in events


async def test_one_question_of_two_places_reads_what_both_need(client, world):
    await several(world, 2)
    query = """{ incidents(first: 5) { nodes {
      timeline(last: 1) { nodes { kind } pageInfo { hasPreviousPage } } again: timeline(last: 1) { nodes { text } }
    } } }"""
    await client.ask(query)
    with Statements(world.database) as statements:
        data = await client.ask(query)
    assert len([each for each in statements.seen if "LATERAL" in each]) == 1
    for node in data["incidents"]["nodes"]:
        assert [sorted(each) for each in node["timeline"]["nodes"]] == [["kind"]]
        assert node["timeline"]["pageInfo"]["hasPreviousPage"]
        assert all(each["text"] for each in node["again"]["nodes"])


async def test_whether_a_list_goes_on_is_found_out_only_for_who_asks(client, world):
    await several(world, 2)
    plain = "{ incidents(first: 1) { nodes { timeline(first: 1) { nodes { number } } } } }"
    asked = "{ incidents(first: 1) { nodes { timeline(first: 1) { nodes { number } pageInfo { hasNextPage } } } } }"
    assert (await client.ask(plain))["incidents"]["nodes"][0]["timeline"]["nodes"] == [{"number": 1}]
    told = (await client.ask(asked))["incidents"]["nodes"][0]["timeline"]
    assert told == {"nodes": [{"number": 1}], "pageInfo": {"hasNextPage": True}}


def test_what_two_places_select_together():
    one, other = Selected(("id", "kind"), more=False), Selected(("id", "data"), more=True)
    assert one.merged(one) is one
    assert one.merged(other) == Selected(("data", "id", "kind"), more=True)
    assert one.merged(Selected()) == Selected(None, more=True)


def test_a_row_with_few_columns_says_which_one_it_has_not():
    model = narrowed()[0].is_type_of.model
    row = tuple.__new__(narrow(model, ("id",)), (1, "a key behind it"))
    assert (row.id, row.model) == (1, model)
    missing = next(name for name in names_of(model) if name != "id")
    with pytest.raises(AttributeError, match=missing):
        getattr(row, missing)
    assert frozen(model) is not type(row)
