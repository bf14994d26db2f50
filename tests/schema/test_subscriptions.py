"""Subscriptions as clients get them: over a real socket, while others write."""

import asyncio
import gc
import random
from itertools import count

import pytest

from actions.catalogue.people import save_user
from actions.catalogue.roles import save_role
from actions.entries import add_entry
from actions.tokens import revoke_token
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from core import ids
from core.cursor import decode_cursor, encode_cursor
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole, EntryKind, Visibility
from schema.websocket import routes
from tests.schema.sockets import SOON, connected, serving, token_of
from tests.telling import make_incident

EVENTS = "subscription ($after: Cursor) { incidentEvents(after: $after) { id cursor kind number } }"
FEED = """subscription ($after: Cursor, $kinds: [String!]) {
  feed(after: $after, kinds: $kinds) { cursor event { cursor } } }"""


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=0.05)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
async def address(database, live, tmp_path):
    async with serving(routes(Runtime(Settings(data_dir=tmp_path), database, live))) as address:
        yield address


@pytest.fixture
async def client(world, address):
    """Ben's, while INC-1 and INC-2 are under way."""
    await world.do(make_incident, 1)
    await world.do(make_incident, 2)
    token, _ = await token_of(world, "ben")
    async with connected(address, token) as client:
        yield client


async def say(world, incident="INC-1", text="x", person="ada"):
    """An entry on an incident's timeline; its event's id."""
    entry = {"incident": incident, "kind": EntryKind.NOTE, "text": text}
    return (await world.do(add_entry, getattr(world, person), **entry)).id


async def places(client, key, count):
    """The places of the next events of a subscription to incidentEvents."""
    return [decode_cursor((await client.next(key))["incidentEvents"]["cursor"]) for _ in range(count)]


async def test_an_event_comes_with_everything_that_was_asked_for(world, client):
    document = """subscription ($after: Cursor) { incidentEvents(after: $after, incident: "INC-1") {
      cursor number kind text entryKind pinned occurredAt
      actor { kind name user { name email } }
      incident {
        reference title severity { name } roles { role { key } user { name } } timeline(last: 2) { nodes { number } } }
    } }"""
    await client.start("a", document, after=encode_cursor(0))
    await say(world, text="Restarted db-7")
    event = (await client.next("a"))["incidentEvents"]
    assert (event["number"], event["kind"], event["text"]) == (1, "entry.added", "Restarted db-7")
    assert event["actor"] == {
        "kind": "USER",
        "name": "Ada Okafor",
        "user": {"name": "Ada Okafor", "email": "ada@quillhaven.example"},
    }
    assert event["incident"]["reference"] == "INC-1"
    assert event["incident"]["timeline"]["nodes"] == [{"number": 1}]
    await say(world, text="Again")
    event = (await client.next("a"))["incidentEvents"]
    assert event["incident"]["timeline"]["nodes"] == [{"number": 1}, {"number": 2}]  # a snapshot of its own


async def test_query_the_cursor_then_subscribe_after_it_and_nothing_is_missed(world, client):
    await say(world)
    cursor = (await client.ask("q", "{ cursor }"))["data"]["cursor"]
    missed = await say(world)
    await client.start("a", EVENTS, after=cursor)
    assert await places(client, "a", 1) == [missed]
    document = 'mutation { addEntry(input: {incident: "INC-2", kind: NOTE, text: "x"}) { cursor } }'
    await client.start("m", document)
    messages = {m["id"] + m["type"]: m for m in [await client.receive() for _ in range(3)]}
    payload = messages["mnext"]["payload"]["data"]["addEntry"]
    assert messages["anext"]["payload"]["data"]["incidentEvents"]["cursor"] == payload["cursor"]
    await client.start("b", EVENTS, after=payload["cursor"])
    later = await say(world)
    got = {m["id"]: m["payload"]["data"]["incidentEvents"] for m in [await client.receive() for _ in range(2)]}
    assert {key: decode_cursor(event["cursor"]) for key, event in got.items()} == {"a": later, "b": later}


async def test_clients_who_join_while_others_write_get_exactly_what_came_after_their_cursor(world, client, address):
    chance = random.Random(3)  # noqa: S311 (repeatable, not secret)
    token, _ = await token_of(world, "eve")
    early = [await say(world) for _ in range(20)]

    async def write():
        for _ in range(15):
            await say(world, chance.choice(["INC-1", "INC-2"]))

    async def read(after):
        got = []
        async with connected(address, token) as reader:
            await reader.start("a", EVENTS, after=encode_cursor(after))
            while True:
                event = (await reader.next("a"))["incidentEvents"]
                if event["kind"] == "role.assigned":
                    return got
                got.append(decode_cursor(event["cursor"]))

    cursors = [0, *chance.sample(early, 7)]
    async with asyncio.timeout(4 * SOON), asyncio.TaskGroup() as tasks:
        writers = [tasks.create_task(write()) for _ in range(3)]
        readers = []
        for cursor in cursors:
            await say(world)
            readers.append(tasks.create_task(read(cursor)))
        await asyncio.gather(*writers)
        document = """mutation ($user: ID!) {
          assignRole(input: {incident: "INC-1", role: "scribe", user: $user}) { cursor } }"""
        assert "errors" not in await client.ask("end", document, user=world.id_of("chi"))
    everything = [event.id for event in await world.events() if event.kind == "entry.added"]
    for cursor, reader in zip(cursors, readers, strict=True):
        assert reader.result() == [key for key in everything if key > cursor]


async def test_the_feed_begins_with_a_checkpoint_and_sends_more_of_them(world, client):
    await client.start("a", FEED, kinds=["role.assigned"])
    first = (await client.next("a"))["feed"]
    assert first["event"] is None
    passed = await say(world)
    while (message := (await client.next("a"))["feed"])["cursor"] != encode_cursor(passed):
        assert message["event"] is None


async def test_an_incident_comes_at_once_and_after_each_change_as_it_is_then(world, client):
    document = 'subscription { incidentChanged(ref: "INC-1") { reference timeline { nodes { text } } } }'
    await client.start("a", document)
    assert (await client.next("a"))["incidentChanged"] == {"reference": "INC-1", "timeline": {"nodes": []}}
    await say(world, "INC-2")
    await say(world, "INC-1", "Found it")
    changed = (await client.next("a"))["incidentChanged"]
    assert [node["text"] for node in changed["timeline"]["nodes"]] == ["Found it"]


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ('subscription { incidentEvents(incident: "INC-99") { id } }', "NOT_FOUND", "incident"),
        ('subscription { incidentChanged(ref: "INC-99") { id } }', "NOT_FOUND", "ref"),
        ('subscription { feed(kinds: ["x"]) { cursor } }', "INVALID_INPUT", "kinds.0"),
        ('subscription { feed(after: "x") { cursor } }', "INVALID_INPUT", "after"),
        (f'subscription {{ feed(after: "{encode_cursor(10**12)}") {{ cursor }} }}', "INVALID_INPUT", "after"),
    ],
)
async def test_what_cannot_be_followed_is_refused_with_its_path(client, document, code, field):
    await client.start("a", document)
    message = await client.receive()
    assert message["type"] == "error"
    (error,) = message["payload"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, field)
    assert error["path"] == [document.split("{")[1].split("(")[0].strip()]
    assert error["extensions"]["hint"]


async def test_a_cursor_that_is_too_old_is_refused(world, client, clock):
    await say(world)
    clock.advance(days=31)
    await client.start("a", EVENTS, after=encode_cursor(0))
    assert await client.refusal("a") == ("CURSOR_EXPIRED", "after")


async def test_a_client_that_does_not_read_gets_what_was_queued_and_then_the_cursor_to_resume_after(
    world, database, tmp_path
):
    await world.do(make_incident, 1)
    token, _ = await token_of(world, "ben")
    live = Live(database, poll=0.1, queue=3)
    database.on_commit = live.on_commit
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    large = " ".join(f"a{i}: text" for i in range(95))  # some 1.9 MB a message: soon no buffer takes more
    slowly = {"max_size": None, "max_queue": 1, "compression": None}
    async with live.running(), serving(routes(runtime)) as address, connected(address, token, **slowly) as client:
        await client.start("a", f"subscription {{ incidentEvents {{ cursor {large} }} }}")
        got = [await first_event(world, client, "x")]
        ids = [await say(world, text="x" * 20_000) for _ in range(30)]
        async with asyncio.timeout(4 * SOON):  # for all of it: each is 1.9 MB
            while (message := await client.receive(within=4 * SOON))["type"] == "next":
                got += [decode_cursor(message["payload"]["data"]["incidentEvents"]["cursor"])]
    (error,) = message["payload"]
    assert error["extensions"]["code"] == "SLOW_CONSUMER"
    assert encode_cursor(got[-1]) in error["extensions"]["hint"]
    received = [key for key in got if key in ids]
    assert received == ids[: len(received)]
    assert len(received) < len(ids)


async def first_event(world, client, words):
    """Write until a subscription without a cursor has begun to deliver; the place of what it delivered."""
    arrived = asyncio.create_task(client.next("a"))
    while not arrived.done():
        await say(world, text=words)
        await asyncio.wait([arrived], timeout=0.05)
    return decode_cursor(arrived.result()["incidentEvents"]["cursor"])


async def test_a_subscription_does_not_grow_with_its_events(world, client):
    """graphql-core remembers what it collects below a root field; it must be the same root field every time."""
    document = "subscription { incidentEvents { cursor actor { name } incident { title roles { role { key } } } } }"
    await client.start("a", document)
    await first_event(world, client, "x")

    async def plans_after(events):
        for _ in range(events):
            await say(world)
            await client.next("a")
        gc.collect()
        return sum(type(each).__name__ in ("FieldPlan", "FieldDetails") for each in gc.get_objects())

    assert await plans_after(10) == await plans_after(20)


# ---- who may follow, and for how long


async def test_a_private_incident_never_leaves_over_the_feed(world, client):
    await world.do(
        change_visibility, world.ada, incident="INC-2", visibility=Visibility.PRIVATE, members=None, reason="Security"
    )
    cursor = encode_cursor((await world.events())[-1].id)
    await client.start("a", EVENTS, after=cursor)
    await say(world, "INC-2")
    shown = await say(world, "INC-1")
    assert await places(client, "a", 1) == [shown]


async def test_an_incident_that_becomes_private_ends_its_subscriptions(world, client):
    document = 'subscription ($after: Cursor) { incidentEvents(after: $after, incident: "INC-1") { id } }'
    await say(world)
    await client.start("a", document, after=encode_cursor(0))
    await client.start("b", 'subscription { incidentChanged(ref: "INC-1") { title } }')
    begun = set()
    while begun != {"a", "b"}:
        begun.add((await client.receive())["id"])
    await world.do(
        change_visibility, world.ada, incident="INC-1", visibility=Visibility.PRIVATE, members=None, reason="Leak"
    )
    ends = set()
    while len(ends) < len("ab"):
        message = await client.receive()
        if message["type"] == "error":
            ends.add((message["id"], message["payload"][0]["extensions"]["code"]))
    assert ends == {("a", "FORBIDDEN"), ("b", "FORBIDDEN")}


@pytest.mark.parametrize("how", ["token revoked", "person archived"])
async def test_withdrawn_credentials_end_everything_on_the_socket(world, address, how):
    await world.do(make_incident, 1)
    token, row = await token_of(world, "chi")
    async with connected(address, token) as client:
        await client.start("a", 'subscription { incidentChanged(ref: "INC-1") { title } }')
        await client.next("a")
        await client.start("b", 'subscription { incidentEvents(kinds: ["role.assigned"]) { id } }')
        if how == "token revoked":
            await revoke(world, row)
        else:
            await world.do(save_user, world.ada, id=world.id_of("chi"), archived=True)
        assert {(m["id"], m["payload"][0]["extensions"]["code"]) for m in [await client.receive() for _ in "ab"]} == {
            ("a", "UNAUTHENTICATED"),
            ("b", "UNAUTHENTICATED"),
        }
        assert await client.closing() == 4403


async def test_someone_who_may_see_less_from_now_on_sees_less_from_now_on(world, address):
    """Settings are for auditors. A manager who becomes a viewer is one within moments, on the open socket too."""
    token, _ = await token_of(world, "dov")

    async def shown(client):
        """Whether a change of a setting is delivered, or passed over."""
        await world.do(save_role, world.ada, key=f"cook{next(numbers)}", name=f"Cook {next(numbers)}", duties="Soup")
        place = encode_cursor((await world.events())[-1].id)
        while (message := (await client.next("a"))["feed"])["cursor"] != place:
            pass
        return message["event"] is not None

    numbers = count()
    async with connected(address, token) as client:
        await client.start("a", FEED, after=encode_cursor(0))
        assert await shown(client)
        await world.do(save_user, world.ada, id=world.id_of("dov"), access_role=AccessRole.VIEWER)
        async with asyncio.timeout(SOON):
            while await shown(client):
                pass
        assert not await shown(client)


async def test_a_new_operation_on_an_open_socket_needs_good_credentials(world, database, tmp_path):
    live = Live(database, poll=0.1, beat=600)
    token, row = await token_of(world, "chi")
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    async with live.running(), serving(routes(runtime)) as address, connected(address, token) as client:
        await revoke(world, row)
        await client.start("a", "{ viewer { name } }")
        assert await client.refusal("a") == ("UNAUTHENTICATED", None)


async def revoke(world, token):
    await world.do(revoke_token, SYSTEM, token=ids.encode("Token", token.id))
