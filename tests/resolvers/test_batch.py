"""Batched fields: constant numbers of statements, and the same answers however they are come by."""

import random

import httpx
import pytest

from actions.declarations import declare_incident
from actions.roles import assign_role
from core.ids import encode
from models.words import IncidentKind, Visibility
from resolvers.batch import Ask, Batch, Batches
from schema import executor
from schema.compiled import fetch
from schema.compiled.reasons import LONG_WAY, Reason
from schema.executor import BatchExecutor
from tests.schema.client import HOST, Client, Statements, app_of, runtime_of
from tests.schema.story import tell

BIG = """
query Big($roles: Boolean = true, $never: Boolean = false) {
  viewer { name user { teams { slug members { name } } } }
  incidents(first: 50) {
    nodes {
      ...Head
      severity { name obligations { requiredRoles { key } } }
      roles @include(if: $roles) { role { key } user { name } }
      past: roles(current: false) { user { id } }
      commander { name }
      unfilledRoles { key }
      members { name }
      services { slug owner { slug } components { name uptime(days: 30) } }
      timeline(last: 5) { edges { cursor node { number kind text pinned actor { name user { name } } } } }
      first: timeline(first: 2, order: OCCURRED) { nodes { id incident { reference } } pageInfo { hasNextPage } }
      tasks(first: 5) { nodes { title claimedBy { name } incident { number } } }
      updates(first: 5) { nodes { body author { name } components { component { name } from to } } }
      alerts(first: 5) { nodes { title source { name } incident { reference } } }
      actionItems(first: 5) { nodes { title owner { name } assignee { name } } }
      nextUpdateDueAt(audience: INTERNAL)
      postmortem { markdown sections { key } statements { text sources { number } } }
      mergedInto { reference }
      mergedFrom { reference }
      members @skip(if: $never) { email }
      ... on Node { nodeId: id }
      ... on Incident { url publicUrl reportedBy { name } }
    }
  }
}
fragment Head on Incident { id reference title stage labels detectedAt ...More }
fragment More on Incident { kind visibility version }
"""


async def several(world, count):
    """Incidents of every sort, some with everything on them."""
    for n in range(count):
        if n % 10 == 0:
            await tell(world, title=f"Slow {n}")
        kind = IncidentKind.DRILL if n % 3 == 0 else IncidentKind.REAL
        incident = await world.do(
            declare_incident, world.ben, title=f"Down {n}", severity="SEV2", kind=kind, services=["search-api"]
        )
        await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))


async def test_the_big_query_takes_as_many_statements_for_two_incidents_as_for_fifty(client, world):
    counted = []
    for more in (1, 45):
        await several(world, more)
        await client.ask(BIG)
        with Statements(world.database) as statements:
            data = await client.ask(BIG)
        counted.append((len(data["incidents"]["nodes"]), len(statements.seen)))
    (few, for_few), (many, for_many) = counted
    assert (few, many) == (2, 50)
    assert for_many == for_few


@pytest.fixture
async def plain(client, database):
    """The same client of a process that compiles nothing."""
    runtime = runtime_of(database, compiled_operations=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        yield Client(client.world, http, runtime, client.tokens)


async def without_foresight(plain, query, variables=None, **more):
    """The HTTP response by graphql-core alone."""
    BatchExecutor.foresees = False
    try:
        return await plain.send(query, variables, **more)
    finally:
        BatchExecutor.foresees = True


async def test_answers_are_the_same_in_all_three_ways_byte_by_byte(client, plain, world):
    await several(world, 12)
    still = BIG.replace("uptime(days: 30)", "")  # which grows while the clock goes on
    before = LONG_WAY.labels(Reason.ERRORS)._value.get()  # noqa: SLF001
    for variables in ({}, {"roles": False}, {"never": True}):
        compiled = await client.send(still, variables)
        foreseen = await plain.send(still, variables)
        assert foreseen.content == compiled.content
        assert (await without_foresight(plain, still, variables)).content == compiled.content
    assert LONG_WAY.labels(Reason.ERRORS)._value.get() == before  # noqa: SLF001


SELECTIONS = {
    "Incident": (
        "id reference title publicTitle labels detectedAt severity{Severity} members{User} services{Service}"
        " commander{User} roles{RoleAssignment} all:roles(current:false){RoleAssignment} unfilledRoles{Role}"
        " mergedInto{Incident} timeline(last:3){EventConnection}"
        " tasks{TaskConnection} deliveries(first:1){DeliveryConnection} postmortem{Postmortem} reportedBy{Actor}"
    ),
    "Severity": "id name rank examples obligations{Obligations}",
    "Obligations": "pages requiredRoles{Role}",
    "Role": "id key",
    "User": "id name teams{Team}",
    "Team": "id slug members{User}",
    "Service": "id slug owner{Team} components{Component}",
    "Component": "name status bad:uptime(days:0)",
    "RoleAssignment": "assumedAt role{Role} user{User}",
    "Actor": "kind name user{User}",
    "EventConnection": "nodes{Event} edges{EventEdge} pageInfo{PageInfo}",
    "EventEdge": "cursor node{Event}",
    "Event": "id number kind text data entryKind actor{Actor} incident{Incident} pinned occurredAt",
    "PageInfo": "hasNextPage endCursor",
    "TaskConnection": "nodes{Task}",
    "Task": "title claimedBy{Actor} incident{Incident}",
    "DeliveryConnection": "nodes{Delivery}",
    "Delivery": "to event{Event}",
    "Postmortem": "markdown statements{Statement}",
    "Statement": "text sources{Event}",
}


ROOTS = [
    ("incidents(first: 4) { nodes {", "} }"),
    ('incident(ref: "1") {', "}"),
    (f'node(id: "{encode("Incident", 1)}") {{ ... on Incident {{', "} }"),
]


def written(chance, kind, depth):
    """A random selection of a type, with repetitions, fragments and switches."""
    fields = SELECTIONS[kind].split()
    parts = []
    for field in chance.sample(fields, chance.randint(1, min(5, len(fields)))):
        name, _, below = field.partition("{")
        if below and depth == 0:
            continue
        part = f"{name} {{ {written(chance, below.rstrip('}'), depth - 1)} }}" if below else name
        if chance.random() < 0.1:
            part = f"... on {kind} {{ {part} }}"
        if chance.random() < 0.1:
            part = f"... @include(if: {chance.choice(['true', 'false', '$yes'])}) {{ {part} }}"
        parts += [part] * (2 if chance.random() < 0.1 else 1)
    return " ".join(parts) or "__typename"


@pytest.mark.parametrize("seed", range(6))
async def test_random_documents_are_answered_the_same_in_all_three_ways(client, plain, world, seed):
    await several(world, 3)
    await world.do(declare_incident, world.ben, title="Quiet", severity="SEV3", visibility=Visibility.PRIVATE)
    chance = random.Random(seed)  # noqa: S311 (documents, not secrets)
    for _ in range(15):
        before, after = chance.choice(ROOTS)
        root = f"{before} {written(chance, 'Incident', 4)} {after}"
        document = f"query($yes: Boolean = true) {{ {root} go: __typename @include(if: $yes) }}"
        compiled = await client.answer(document, by="dov")
        ahead = await plain.answer(document, by="dov")
        later = (await without_foresight(plain, document, by="dov")).json()
        for answer in (compiled, ahead, later):
            answer["errors"] = sorted(answer.get("errors", []), key=lambda e: str(e["path"]))
        assert later == ahead == compiled, document


async def test_an_error_in_a_place_that_must_not_be_null_empties_the_same_place(client, plain, world):
    await several(world, 2)
    document = "{ incidents(first: 2) { nodes { title timeline(first: 0) { nodes { id } } } } viewer { name } }"
    later = (await without_foresight(plain, document)).json()
    for answer in (await client.answer(document), await plain.answer(document), later):
        assert answer["data"] == {"incidents": None, "viewer": {"name": "Ben Silva"}}
        assert answer["errors"][0]["path"][:2] == ["incidents", "nodes"]
        assert answer["errors"][0]["extensions"]["field"] == "first"


async def test_an_answer_that_turns_out_too_large_is_refused(client, plain, world, monkeypatch):
    await several(world, 2)
    for module in (executor, fetch):
        monkeypatch.setattr(module, "MAX_OBJECTS", 5)
    for each in (client, plain):
        error = await each.refusal("{ incidents(first: 2) { nodes { roles { role { key } user { name } } } } }")
        assert (error["path"], error["extensions"]["code"]) == (["incidents"], "TOO_EXPENSIVE")


# ---- the batches themselves


class Parent:
    pass


async def test_each_parent_is_asked_for_once_in_one_call():
    calls = []

    async def numbers(_ctx, parents, *, plus):
        calls.append(list(parents))
        return [plus + n for n, _ in enumerate(parents)]

    batches, one, two = Batches(Parent), Parent(), Parent()
    ask = Ask.of(Batch(numbers), {"plus": 1})
    assert await batches.foresee(ask, [one, two, one]) == [1, 2, 1]
    assert calls == [[one, two]]
    assert batches.value(ask, two) == 2
    assert await batches.value(Ask.of(ask.batch, {"plus": 5}), two) == 5
    assert len(calls) == 2


async def test_a_failing_batch_is_every_parents_error_and_a_short_answer_too():
    async def refuses(_ctx, _parents):
        raise PermissionError

    async def forgets(_ctx, _parents):
        return []

    batches = Batches(Parent)
    (refused,) = await batches.foresee(Ask.of(Batch(refuses), {}), [Parent()])
    (forgotten,) = await batches.foresee(Ask.of(Batch(forgets), {}), [Parent()])
    assert isinstance(refused, PermissionError)
    assert isinstance(forgotten, RuntimeError)


async def test_true_and_one_are_different_arguments():
    async def itself(_ctx, parents, *, value):
        return [value for _ in parents]

    batches, batch, parent = Batches(Parent), Batch(itself), Parent()
    assert await batches.foresee(Ask.of(batch, {"value": 1}), [parent]) == [1]
    (found,) = await batches.foresee(Ask.of(batch, {"value": True}), [parent])
    assert found is True
