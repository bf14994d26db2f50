"""Subscribers who are told the same are told from one execution, and nobody is told what is another's."""

import asyncio

import orjson
import pytest
from sqlalchemy import event

from actions.catalogue.people import save_user
from actions.documents import digest_of, trust_document, trusted_documents
from actions.entries import add_entry
from actions.members import add_member, remove_member
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from core.correlation import Origin, coming_from, current
from core.cursor import encode_cursor
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole, EntryKind, Visibility
from resolvers.fields import VIEWER
from schema import endpoint, telling, websocket
from schema.alike import alike
from schema.build import core
from schema.event_executor import EventExecutor
from schema.execution import Request, prepare
from schema.plan import DEFINITION
from schema.together import TOGETHER
from tests.schema.events import streaming
from tests.schema.reading import SOON, Reading, readers
from tests.schema.sockets import connected, serving, token_of
from tests.telling import make_incident

EVENTS = "subscription ($after: Cursor) { incidentEvents(after: $after) { cursor text } }"
FEED = "subscription { feed { cursor event { cursor kind text actor { name } incident { reference title } } } }"
NESTED = """subscription { incidentEvents(incident: "1", kinds: ["entry.added"]) { ...E incident { ...I } } }
  fragment E on Event { number kind text pinned occurredAt data actor { kind name user { email } } }
  fragment I on Incident { reference severity { name } roles { role { key } user { name } }
    timeline(last: 3) { nodes { number text } } }"""
CHANGED = 'subscription { incidentChanged(ref: "1") { reference timeline { nodes { text } } } }'
OWN = "subscription { incidentEvents { cursor incident { allowedActions } } }"


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=30)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
async def runtime(database, live, tmp_path):
    return Runtime(Settings(data_dir=tmp_path), database, live)


@pytest.fixture
async def incidents(world):
    """INC-1 and INC-2 for everybody; INC-3 private, with ben, chi and ada as its members."""
    for key in (1, 2, 3):
        await world.do(make_incident, key)
    for person in ("ben", "chi", "ada"):
        await world.do(add_member, world.ada, incident="INC-3", user=world.id_of(person))
    await world.do(
        change_visibility, world.ada, incident="INC-3", visibility=Visibility.PRIVATE, members=None, reason="Security"
    )


def members(runtime):
    """Subscribers who are told together with others."""
    return sum(len(group._members) for group in runtime.groups.values())  # noqa: SLF001


async def say(world, text, incident="INC-1"):
    return (await world.do(add_entry, world.ada, incident=incident, kind=EntryKind.NOTE, text=text)).id


@pytest.fixture
def executed(monkeypatch):
    """The actors for whom an event was executed."""
    actors = []
    told = EventExecutor.told

    async def counting(self, payload, ctx):
        actors.append(ctx.actor)
        return await told(self, payload, ctx)

    monkeypatch.setattr(EventExecutor, "told", counting)
    return actors


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize("document", [EVENTS, FEED, NESTED, CHANGED])
async def test_what_is_told_together_is_to_the_byte_what_is_told_alone(world, runtime, document):
    async with readers(Reading(runtime, world.eve, document), Reading(runtime, world.eve, document, sharing=False)) as (
        together,
        alone,
    ):
        first = len(together.all)
        await alone.has(first)
        for number in range(3):
            await say(world, f"text {number} \u2028 “quoted” \\ \n line")
            await together.has(first + number + 1)
            await alone.has(first + number + 1)
    assert together.together == together.all == alone.all


@pytest.mark.usefixtures("incidents")
async def test_an_event_is_executed_once_for_all_who_may_see_the_same(world, runtime, executed):
    people = [world.ben, world.chi, world.ben, world.chi, world.eve, world.eve]
    async with readers(*(Reading(runtime, person, EVENTS) for person in people)) as all_of_them:
        await say(world, "for everybody")
        for each in all_of_them:
            await each.told("for everybody")
        assert len(executed) == len({(person.access_role, person in (world.ben, world.chi)) for person in people}) == 2
        assert len({text for each in all_of_them for text in each.together}) == 1
    assert runtime.groups == {}


def test_where_they_resume_from_does_not_part_them_and_other_variables_do():
    document = (
        "subscription ($after: Cursor, $kinds: [String!], $first: Int) { incidentEvents(after: $after, kinds: $kinds)"
    )
    document += " { incident { timeline(first: $first) { nodes { text } } } } }"

    def key(**variables):
        return alike(prepare(Request(document, variables)))

    assert key() == key(after=encode_cursor(1)) == key(after=None)
    assert key(kinds=["entry.added"]) == key(kinds=["entry.added"], after=encode_cursor(5))
    assert len({key(), key(kinds=["entry.added"]), key(kinds=["role.assigned"]), key(first=1), key(first=2)}) == 5


@pytest.mark.usefixtures("incidents")
async def test_two_of_differing_membership_never_share(world, runtime, executed):
    async with readers(*(Reading(runtime, person, EVENTS) for person in (world.ben, world.chi))) as (ben, chi):
        await say(world, "secret of both", "INC-3")
        await ben.told("secret of both")
        await chi.told("secret of both")
        assert len(executed) == 1
        await world.do(remove_member, world.ada, incident="INC-3", user=world.id_of("chi"))
        await say(world, "secret of one", "INC-3")
        await say(world, "for everybody")
        await ben.told("for everybody")
        await chi.told("for everybody")
        assert any("secret of one" in text for text in ben.all)
        assert not any("secret of one" in text for text in chi.all)
        assert chi.task.done() is False
        await world.do(add_member, world.ada, incident="INC-3", user=world.id_of("chi"))
        await say(world, "secret of both again", "INC-3")
        await chi.told("secret of both again")


@pytest.mark.usefixtures("incidents")
async def test_who_may_no_longer_see_the_incident_that_is_followed_is_refused_and_the_others_go_on(world, runtime):
    document = 'subscription { incidentEvents(incident: "INC-3") { text } }'
    async with readers(*(Reading(runtime, person, document) for person in (world.ben, world.chi))) as (ben, chi):
        await world.do(remove_member, world.ada, incident="INC-3", user=world.id_of("chi"))
        await say(world, "secret", "INC-3")
        await ben.told("secret")
        await asyncio.wait_for(chi.task, SOON)
        assert chi.refused.errors[0].original_error.code == "FORBIDDEN"
        assert chi.all == []


@pytest.mark.usefixtures("incidents")
async def test_another_role_counts_from_the_moment_when_it_is_known(world, runtime):
    async with readers(*(Reading(runtime, world.dov, FEED) for _ in "ab")) as (one, other):
        one.ctx.becomes(world.eve)
        await world.do(save_user, world.ada, id=world.id_of("chi"), access_role=AccessRole.VIEWER)
        await say(world, "for everybody")
        await one.told("for everybody")
        await other.told("for everybody")
        assert any('"setting.' in text or '"access.' in text or '"person.' in text for text in other.all)
        assert not any('"setting.' in text or '"access.' in text or '"person.' in text for text in one.all)


def test_what_depends_on_the_viewer_is_never_shared():
    assert alike(prepare(Request(EVENTS))) is not None
    assert alike(prepare(Request(OWN))) is None
    in_fragment = "subscription { incidentEvents { ...E } } fragment E on Event { actor { permissions } }"
    assert alike(prepare(Request(in_fragment))) is None


@pytest.mark.usefixtures("incidents")
async def test_nor_is_it_if_nobody_had_declared_it(world, runtime, monkeypatch):
    ours = core.type_map["Incident"].fields["allowedActions"].extensions[DEFINITION]
    monkeypatch.setattr(ours, "metadata", {**ours.metadata, VIEWER: False})
    document = OWN.replace("cursor", "cursor text")
    async with readers(*(Reading(runtime, person, document) for person in (world.ben, world.eve, world.ben))) as made:
        await say(world, "for everybody")
        for each in made:
            await each.told("for everybody")
            assert each.together == []
        ben, eve, again = (orjson.loads(each.all[0])["data"]["incidentEvents"]["incident"] for each in made)
        assert "addEntry" in ben["allowedActions"]
        assert "addEntry" not in eve["allowedActions"]
        assert again == ben


@pytest.mark.usefixtures("incidents")
async def test_a_client_that_does_not_read_holds_up_nobody_and_misses_nothing(world, runtime):
    async with readers(*(Reading(runtime, world.eve, EVENTS) for _ in "ab")) as (slow, quick):
        slow.gate.clear()
        for number in range(5):
            await say(world, f"event {number}")
            await quick.told(f"event {number}")
        assert slow.all == []
        slow.gate.set()
        await slow.has(5)
        await say(world, "event 5")
        await slow.told("event 5")
        assert slow.all == quick.all
        assert len(quick.together) == 6


@pytest.mark.usefixtures("incidents")
async def test_more_at_once_than_may_wait_is_read_from_the_log(world, database, tmp_path):
    live = Live(database, poll=0.1, beat=30, queue=3)
    database.on_commit = live.on_commit
    async with live.running():
        runtime = Runtime(Settings(data_dir=tmp_path), database, live)
        async with readers(*(Reading(runtime, world.eve, EVENTS) for _ in "ab")) as made:
            async with database.unit_of_work() as session:
                for number in range(20):
                    await add_entry(session, world.ada, incident="1", kind=EntryKind.NOTE, text=f"event {number}.")
            for each in made:
                await each.told("event 19.")
                assert [text.count(f"event {number}.") for number, text in enumerate(each.all)] == [1] * 20
                assert len(each.together) == 20


@pytest.mark.usefixtures("incidents")
async def test_the_statements_for_a_hundred_are_as_many_as_for_one(world, runtime, database):
    sent = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))

    async def statements(count):
        async with readers(*(Reading(runtime, world.eve, FEED) for _ in range(count))) as made:
            del sent[:]
            await say(world, f"for {count}")
            for each in made:
                await each.told(f"for {count}")
            return len(sent)

    assert await statements(1) == await statements(100)


@pytest.mark.usefixtures("incidents")
async def test_an_event_is_logged_once_by_its_document_s_name_and_is_of_nobody_s_request(
    world, database, live, tmp_path, caplog, monkeypatch
):
    await world.do(trust_document, SYSTEM, name="Watch", body=EVENTS)
    await trusted_documents(database)
    runtime = Runtime(Settings(data_dir=tmp_path, slow_operation_seconds=0.000_001), database, live)
    before, origins, told = telling.STATEMENTS._value.get(), [], telling.tell  # noqa: SLF001
    monkeypatch.setattr(telling, "tell", lambda *given: (origins.append(current()), told(*given)))
    with coming_from(Origin("of-who-came-first")):
        async with readers(*(Reading(runtime, world.eve, EVENTS) for _ in "abc")) as made:
            await say(world, "for everybody")
            for each in made:
                await each.told("for everybody")
    (line,) = [record for record in caplog.records if record.name == "muster.slow"]
    assert line.getMessage().startswith(f"slow subscription Watch {digest_of(EVENTS)[:16]}: ")
    assert origins == [None]
    assert telling.STATEMENTS._value.get() == before + 1, "for `text`, not for whom to tell"  # noqa: SLF001


@pytest.mark.usefixtures("incidents")
async def test_over_sockets_and_streams_the_same_answer_goes_out_with_what_is_each_ones_own(world, runtime):
    token, _ = await token_of(world, "eve")
    made = TOGETHER._value  # noqa: SLF001 (prometheus_client offers no way to read one)
    places = [*websocket.routes(runtime), *endpoint.routes(runtime)]
    async with (
        serving(places) as address,
        connected(address, token) as client,
        streaming(address, FEED, token=token) as stream,
    ):
        for key in ("a", 'b"\\'):
            await client.start(key, FEED)
            await client.next(key)
        await stream.next()
        while members(runtime) < 3:  # noqa: ASYNC110 (nobody says so)
            await asyncio.sleep(0)
        before = made.get()
        await say(world, "for everybody")
        frames = [await asyncio.wait_for(client.connection.recv(), SOON) for _ in "ab"]
        _, data = await stream.event()
        assert made.get() == before + 3
    keys = [orjson.loads(frame)["id"] for frame in frames]
    assert sorted(keys) == ["a", 'b"\\']
    for key, frame in zip(keys, frames, strict=True):
        assert frame == '{"type":"next","id":' + orjson.dumps(key).decode() + ',"payload":' + data + "}"
    assert orjson.loads(data)["data"]["feed"]["event"]["text"] == "for everybody"


@pytest.mark.usefixtures("incidents")
async def test_nothing_is_sent_for_an_operation_that_the_client_has_ended(world, runtime):
    token, _ = await token_of(world, "eve")
    async with serving(websocket.routes(runtime)) as address, connected(address, token) as client:
        for key in "ab":
            await client.start(key, FEED)
            await client.next(key)
        await client.send({"type": "complete", "id": "a"})
        await client.start("a", "{ cursor }")
        assert (await client.next("a"))["cursor"]
        assert await client.receive() == {"type": "complete", "id": "a"}
        await say(world, "for who stays")
        assert (await client.next("b"))["feed"]["event"]["text"] == "for who stays"
        assert members(runtime) == 1


@pytest.mark.usefixtures("incidents")
async def test_a_restored_database_ends_everybody(world, runtime, live):
    async with readers(*(Reading(runtime, world.eve, EVENTS) for _ in "ab")) as made:
        live._go_on_from(live.cursor - 1)  # noqa: SLF001
        for each in made:
            await asyncio.wait_for(each.task, SOON)
            assert each.refused.errors[0].original_error.code == "CURSOR_EXPIRED"
    assert runtime.groups == {}
