"""Who begins or resumes at the same time is told from one execution, and nobody misses or doubles anything by it."""

import asyncio
from collections import Counter
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import func, select

from actions.entries import add_entry
from actions.members import add_member, remove_member
from actions.visibility_changes import change_visibility
from core.cursor import encode_cursor
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.event import Event
from models.words import EntryKind, Visibility
from resolvers.fields import VIEWER
from schema import group
from schema.build import core
from schema.event_executor import EventExecutor
from schema.plan import DEFINITION
from tests.schema.reading import SOON, Reading, readers
from tests.telling import make_incident

EVENTS = "subscription ($after: Cursor, $kinds: [String!]) { incidentEvents(after: $after, kinds: $kinds) { text } }"
FEED = "subscription ($after: Cursor) { feed(after: $after) { cursor event { kind text actor { name } } } }"
CHANGED = 'subscription { incidentChanged(ref: "1") { reference timeline { nodes { text } } } }'
OF_THREE = 'subscription ($after: Cursor) { incidentEvents(incident: "INC-3", after: $after) { text } }'
OWN = "subscription ($after: Cursor) { incidentEvents(after: $after) { text incident { allowedActions } } }"


@pytest.fixture
async def runtime(database, tmp_path):
    live = Live(database, poll=0.1, beat=30)
    database.on_commit = live.on_commit
    async with live.running():
        yield Runtime(Settings(data_dir=tmp_path), database, live)


@pytest.fixture
async def incidents(world):
    """INC-1 for everybody; INC-3 private, with ben, chi and ada as its members."""
    for key in (1, 3):
        await world.do(make_incident, key)
    for person in ("ben", "chi", "ada"):
        await world.do(add_member, world.ada, incident="INC-3", user=world.id_of(person))
    await world.do(
        change_visibility, world.ada, incident="INC-3", visibility=Visibility.PRIVATE, members=None, reason="Security"
    )


@pytest.fixture
def executed(monkeypatch):
    """How often each event was executed: by its text, or its place."""
    counted = Counter()
    told = EventExecutor.told

    async def counting(self, payload, ctx):
        event = getattr(payload, "event", payload)
        counted[getattr(event, "id", None)] += 1
        return await told(self, payload, ctx)

    monkeypatch.setattr(EventExecutor, "told", counting)
    return counted


async def say(world, text, incident="INC-1"):
    return (await world.do(add_entry, world.ada, incident=incident, kind=EntryKind.NOTE, text=text)).id


async def caught_up(runtime):
    """The feed of this process has come as far as the log."""
    newest = await newest_of(runtime)
    async with asyncio.timeout(SOON):
        while runtime.live.cursor < newest:  # noqa: ASYNC110 (nobody says so)
            await asyncio.sleep(0)


async def newest_of(runtime):
    async with runtime.live.lookup() as reader:
        return await reader.scalar(select(func.max(Event.id)))


async def missed(world, runtime, count, incident="INC-1"):
    """So many events that happened while nobody followed; their places."""
    places = [await say(world, f"event {number}.", incident) for number in range(count)]
    await caught_up(runtime)
    return places


def texts(reading):
    """What it was told, in order."""
    told = [orjson.loads(text)["data"] for text in reading.all]
    events = [each.get("incidentEvents") or each.get("feed", {}).get("event") for each in told]
    return [event["text"] for event in events if event is not None]


def after(place):
    return {"after": encode_cursor(place)}


@pytest.mark.usefixtures("incidents")
async def test_a_hundred_who_join_at_once_are_told_how_it_is_from_one_execution_a_class(world, runtime, executed):
    people = [world.ben, world.chi, world.eve, world.eve] * 25
    async with readers(*(Reading(runtime, person, CHANGED) for person in people)) as made:
        assert executed.total() == len({(person.access_role, person is world.eve) for person in people}) == 2
        assert [len(each.together) for each in made] == [1] * 100
        assert len({each.all[0] for each in made}) == 1
        await say(world, "news")
        for each in made:
            await each.told("news")
        assert executed.total() == 4


@pytest.mark.usefixtures("incidents")
async def test_a_hundred_who_follow_the_feed_from_now_on_are_told_where_that_is_once(world, runtime, executed):
    async with readers(*(Reading(runtime, world.eve, FEED) for _ in range(100))) as made:
        assert executed.total() == 1
        assert {each.all[0] for each in made} == {each.together[0] for each in made}
        told = orjson.loads(made[0].all[0])["data"]["feed"]
        assert told == {"cursor": encode_cursor(runtime.live.cursor), "event": None}


@pytest.mark.usefixtures("incidents")
async def test_a_hundred_who_resume_from_several_places_share_every_event(world, runtime, executed):
    places = await missed(world, runtime, 30)
    began = [places[number % 5] for number in range(100)]
    people = [world.ben if number % 2 else world.eve for number in range(100)]
    made = [Reading(runtime, person, EVENTS, **after(place)) for person, place in zip(people, began, strict=True)]
    async with readers(*made):
        for each, place in zip(made, began, strict=True):
            assert texts(each) == [f"event {number}." for number in range(places.index(place) + 1, 30)]
            assert each.together == each.all
        assert set(executed) == set(places[1:])
        assert max(executed.values()) == 2, "once for each of two classes"
        await say(world, "news")
        for each in made:
            await each.told("news")


@pytest.mark.usefixtures("incidents")
async def test_who_missed_much_does_not_hold_up_who_missed_little(world, runtime, executed, monkeypatch):
    monkeypatch.setattr(group, "STRETCH", 4)
    places = await missed(world, runtime, 60)
    far, near = places[0], places[-3]
    order = []
    made = [Reading(runtime, world.eve, EVENTS, **after(far if number % 2 else near)) for number in range(10)]
    for number, each in enumerate(made):
        write = each.note

        async def noting(text, write=write, number=number):
            order.append(number)
            await write(text)

        each.note = noting
    async with readers(*made):
        for number, each in enumerate(made):
            first = 1 if number % 2 else 58
            assert texts(each) == [f"event {n}." for n in range(first, 60)]
    assert max(executed.values()) <= 2
    assert max(place for place, number in enumerate(order) if number % 2 == 0) < len(order) / 4


@pytest.mark.usefixtures("incidents")
@pytest.mark.parametrize(("document", "more"), [(FEED, {}), (EVENTS, {}), (EVENTS, {"kinds": ["entry.added"]})])
@pytest.mark.parametrize("person", ["ben", "eve"])
async def test_what_is_replayed_together_is_to_the_byte_what_is_replayed_alone(world, runtime, document, more, person):
    await missed(world, runtime, 3)
    await missed(world, runtime, 3, "INC-3")
    actor = getattr(world, person)
    alone = Reading(runtime, actor, document, sharing=False, **after(0), **more)
    made = [Reading(runtime, actor, document, **after(0), **more) for _ in "abc"]
    async with readers(*made, alone):
        await alone.has(max(3, len(made[0].all)))
        for each in made:
            assert each.together == each.all == alone.all


@pytest.mark.usefixtures("incidents")
async def test_what_happens_while_they_resume_is_neither_lost_nor_doubled(world, runtime, monkeypatch):
    monkeypatch.setattr(group, "STRETCH", 3)
    places = await missed(world, runtime, 20)

    async def write():
        for number in range(20, 50):
            await say(world, f"event {number}.")

    async def come(number):
        await asyncio.sleep(0)
        return Reading(runtime, world.eve, EVENTS, **after(places[number]))

    made = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        for number in range(20):
            made.append(await come(number))
            await made[-1].has(1)
    async with readers(*made):
        for number, each in enumerate(made):
            await each.told("event 49.")
            assert texts(each) == [f"event {n}." for n in range(number + 1, 50)]


@pytest.mark.usefixtures("incidents")
async def test_who_loses_a_membership_in_the_middle_is_told_nothing_further(world, runtime, monkeypatch):
    monkeypatch.setattr(group, "STRETCH", 4)
    places = await missed(world, runtime, 20, "INC-3")
    told, withdrawn = EventExecutor.told, asyncio.Event()

    async def withdrawing(self, payload, ctx):
        if payload.id == places[7] and not withdrawn.is_set():
            withdrawn.set()
            await world.do(remove_member, world.ada, incident="INC-3", user=world.id_of("chi"))
        return await told(self, payload, ctx)

    monkeypatch.setattr(EventExecutor, "told", withdrawing)
    ben, chi = (Reading(runtime, person, OF_THREE, **after(places[0])) for person in (world.ben, world.chi))
    async with readers(ben):
        assert texts(ben)[:19] == [f"event {n}." for n in range(1, 20)]
        await asyncio.wait_for(chi.task, SOON)
        assert chi.refused.errors[0].original_error.code == "FORBIDDEN"
        assert texts(chi) == texts(ben)[: len(texts(chi))]
        assert len(texts(chi)) <= 8, "what was asked in the snapshot before, and no more"


@pytest.mark.usefixtures("incidents")
async def test_who_may_not_see_it_is_refused_as_if_it_were_not_there_and_the_others_begin(world, runtime):
    place = (await missed(world, runtime, 2, "INC-3"))[0]
    for given in ({}, after(place)):
        ben, eve = (Reading(runtime, person, OF_THREE, **given) for person in (world.ben, world.eve))
        async with readers(ben):
            await asyncio.wait_for(eve.task, SOON)
            assert eve.refused.errors[0].original_error.code == "NOT_FOUND"
            assert eve.all == []


@pytest.mark.usefixtures("incidents")
async def test_who_becomes_somebody_else_on_the_way_goes_on_as_that(world, runtime, monkeypatch):
    monkeypatch.setattr(group, "STRETCH", 2)
    places = await missed(world, runtime, 12, "INC-3")
    told = EventExecutor.told
    ben, other = (Reading(runtime, world.ben, EVENTS, **after(places[0])) for _ in "ab")

    async def becoming(self, payload, ctx):
        if getattr(payload, "id", None) == places[5]:
            other.ctx.becomes(world.eve)
        return await told(self, payload, ctx)

    monkeypatch.setattr(EventExecutor, "told", becoming)
    async with readers(ben, other):
        await say(world, "for everybody")
        await other.told("for everybody")
        await ben.told("for everybody")
        assert texts(ben)[:11] == [f"event {n}." for n in range(1, 12)]
        assert texts(other) == [*texts(ben)[: texts(other).index("for everybody")], "for everybody"]
        assert len(texts(other)) < 8


@pytest.mark.usefixtures("incidents")
async def test_who_is_looked_at_anew_and_is_the_same_misses_nothing(world, runtime, monkeypatch):
    places = await missed(world, runtime, 3)
    told = EventExecutor.told
    made = [Reading(runtime, world.ben, EVENTS, **after(places[0])) for _ in "abc"]

    async def looking(self, payload, ctx):
        for each in made:
            each.ctx.becomes(replace(world.ben))
        return await told(self, payload, ctx)

    monkeypatch.setattr(EventExecutor, "told", looking)
    async with readers(*made):
        await say(world, "news")
        for each in made:
            await each.told("news")
            assert each.together == each.all
            assert texts(each) == ["event 1.", "event 2.", "news"]


@pytest.mark.usefixtures("incidents")
async def test_one_who_does_not_read_holds_up_nobody_who_resumes_and_misses_nothing(world, runtime):
    places = await missed(world, runtime, 20)
    slow, *quick = (Reading(runtime, world.eve, EVENTS, **after(places[0])) for _ in "abc")
    slow.gate.clear()
    async with readers(*quick):
        assert slow.all == []
        slow.gate.set()
        await slow.told("event 19.")
        await say(world, "news")
        for each in (slow, *quick):
            await each.told("news")
            assert texts(each) == [*(f"event {n}." for n in range(1, 20)), "news"]
    slow.task.cancel()
    await asyncio.gather(slow.task, return_exceptions=True)
    await slow.ctx.close()


@pytest.mark.usefixtures("incidents")
async def test_an_error_in_an_answer_has_each_of_them_told_alone(world, runtime, monkeypatch):
    ours = core.type_map["Incident"].fields["allowedActions"].extensions[DEFINITION]
    monkeypatch.setattr(ours, "metadata", {**ours.metadata, VIEWER: False})
    places = await missed(world, runtime, 5)
    made = [Reading(runtime, person, OWN, **after(places[0])) for person in (world.ben, world.eve, world.ben)]
    async with readers(*made):
        for each in made:
            assert each.together == []
            assert texts(each) == [f"event {n}." for n in range(1, 5)]
        ben, eve, again = (orjson.loads(each.all[0])["data"]["incidentEvents"]["incident"] for each in made)
        assert "addEntry" in ben["allowedActions"]
        assert "addEntry" not in eve["allowedActions"]
        assert again == ben


@pytest.mark.usefixtures("incidents")
async def test_a_place_from_which_nobody_can_go_on_is_refused_and_the_others_go_on(world, runtime, clock):
    places = await missed(world, runtime, 2)
    clock.advance(days=31)
    fresh = await say(world, "fresh")
    await say(world, "fresher")
    await caught_up(runtime)
    old, foreign, good = (Reading(runtime, world.eve, EVENTS, **after(p)) for p in (places[0], fresh + 1000, fresh))
    async with readers(good):
        assert texts(good) == ["fresher"]
        for each, code in ((old, "CURSOR_EXPIRED"), (foreign, "INVALID_INPUT")):
            await asyncio.wait_for(each.task, SOON)
            assert each.refused.errors[0].original_error.code == code
            assert each.all == []
