"""Many at once on the same thing: each is done or refused for a reason, once, and nobody waits for ever."""

import asyncio
import random
import time
from collections import Counter

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.merges import merge_incident
from actions.roles import assign_role
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.updates import publish_update
from actions.violations import refusal_of
from bench.figures import note
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.ids import encode
from core.live import Live
from models.words import Audience, EntryKind, Stage
from tests.actions.alerting import Monitor, firing, rule
from tests.core.feed import note as commit
from tests.effort import effort

WRITERS = 32
ROUNDS = effort(6, 60)
"""Changes of each writer."""
PATIENCE = effort(60, 600)

pytestmark = pytest.mark.slow


@pytest.fixture
async def database(database_url, clock):
    opened = Database(database_url, clock=clock, pool_size=WRITERS + 4)
    yield opened
    await opened.close()


async def deadlocks(database):
    async with database.reading() as reader:
        return await reader.scalar(text("select deadlocks from pg_stat_database where datname = current_database()"))


async def verb_of(chance, world, ref, task, person):
    """Something that a responder does, drawn at random."""
    actor, own = getattr(world, person), world.id_of(person)
    verbs = [
        lambda: world.do(add_entry, actor, incident=ref, kind=EntryKind.NOTE, text="x"),
        lambda: world.do(assign_role, actor, incident=ref, role=chance.choice(["commander", "scribe"]), user=own),
        lambda: world.do(claim_task, actor, task=task),
        lambda: world.do(publish_update, actor, incident=ref, audience=Audience.INTERNAL, body="x", notify=False),
        lambda: world.do(change_stage, actor, incident=ref, stage=chance.choice([Stage.RESPONSE, Stage.MITIGATION])),
    ]
    await chance.choice(verbs)()


async def write(seed, world, works, outcomes):
    chance = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    for _ in range(ROUNDS):
        ref, task = works[seed % len(works)]
        try:
            await verb_of(chance, world, ref, task, chance.choice(["ada", "ben", "chi", "dov"]))
        except DomainError as error:
            outcomes[error.code] += 1
        except DBAPIError as error:
            refusal = refusal_of(error)  # as every doorway says it
            outcomes[refusal.code if refusal else str(error)] += 1
        else:
            outcomes["done"] += 1


@pytest.mark.parametrize("incidents", [1, WRITERS])
async def test_a_crowd_of_writers_gets_everything_done_or_refused_for_a_reason(world, incidents):
    works = []
    for n in range(incidents):
        made = await world.do(declare_incident, world.ben, title=f"Number {n}", severity="SEV1")
        task = await world.do(add_task, world.ben, incident=made.reference, title="Look")
        works.append((made.reference, encode("Task", task.id)))
    outcomes, began = Counter(), time.monotonic()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(write(seed, world, works, outcomes) for seed in range(WRITERS)))
    note(f"contention.writers_on_{incidents}", f"{outcomes['done'] / (time.monotonic() - began):.0f} changes a second")
    assert outcomes.total() == WRITERS * ROUNDS
    assert outcomes.keys() <= {"done", ErrorCode.CONFLICT, ErrorCode.ILLEGAL_TRANSITION, ErrorCode.TIMEOUT}
    for ref, _ in works:
        numbers = [event.number for event in await world.events(int(ref[4:])) if event.number]
        assert numbers == list(range(1, len(numbers) + 1))
    assert await deadlocks(world.database) == 0


async def test_merges_and_deliveries_of_alerts_at_once_never_deadlock(world):
    await rule(world)
    monitor = await Monitor.create(world)
    for n in range(effort(4, 30)):
        await monitor.sends(firing(f"a{n}"), key=f"one{n}")
        await monitor.sends(firing(f"b{n}"), key=f"two{n}")
        target = await world.do(declare_incident, world.ben, title="The cause", severity="SEV1")
        async with world.database.reading() as reader:
            found = list(await reader.execute(text("select id from incident where stage = 'DETECTION' order by id")))
        merges = [world.do(merge_incident, world.ben, incident=str(row.id), into=target.reference) for row in found]
        repeats = [monitor.sends(firing(f"{x}{n}"), key=f"{k}{n}") for x, k in (("a", "one"), ("b", "two")) * 3]
        done = await asyncio.gather(*merges, *repeats, return_exceptions=True)
        odd = [one for one in done if isinstance(one, BaseException) and not isinstance(one, DomainError)]
        assert odd == []
    assert await deadlocks(world.database) == 0


async def test_of_a_hundred_who_claim_a_task_one_gets_it_and_the_others_learn_who(world):
    incident = await world.do(declare_incident, world.ben, title="x", severity="SEV1")
    task = await world.do(add_task, world.ben, incident=incident.reference, title="Look")
    people = [world.ada, world.ben, world.chi, world.dov]
    claims = [world.do(claim_task, people[n % 4], task=encode("Task", task.id)) for n in range(100)]
    done = await asyncio.gather(*claims, return_exceptions=True)
    (holder,) = {one.claimed_by_id for one in done if not isinstance(one, BaseException)}
    name = next(person.name for person in people if person.id == holder)
    refusals = [one for one in done if isinstance(one, BaseException)]
    assert len(refusals) == 75  # whoever holds it and claims it again is not refused
    assert {one.code for one in refusals} == {ErrorCode.CONFLICT}
    assert all(one.message.startswith(f"{name} claimed this") for one in refusals)
    assert len(await world.events(incident.id, "task.claimed")) == 1


OPEN_FOR = effort(3, 30)
"""Seconds for which a report and others keep their transactions open."""

LONG = (
    "begin isolation level repeatable read; select count(*) from event",  # a report
    "begin; select 1 from incident where title = 'Held' for no key update",  # a writer that has come to a halt
    "begin; select nextval('event_feed')",  # somebody who has drawn an id
)


async def backfill(database, incident_id):
    """Write an incident's past in large batches."""
    while True:
        await commit(database, *["entry.added"] * 300, incident_id=incident_id)


async def test_the_feed_goes_on_while_long_transactions_are_open_and_a_past_is_filled_in(world, database_url):
    await world.do(declare_incident, world.ben, title="Held", severity="SEV1")
    free, past = [await world.do(declare_incident, world.ben, title=t, severity="SEV1") for t in ("Free", "Past")]
    live = Live(world.database, poll=0.2)
    world.database.on_commit = live.on_commit
    others = [await asyncpg.connect(database_url) for _ in LONG]  # without the time limits of our own connections
    lags, end = [], time.monotonic() + OPEN_FOR
    try:
        for other, statement in zip(others, LONG, strict=True):
            await other.execute(statement)
        async with asyncio.timeout(OPEN_FOR + 30), live.running():
            with live.subscribe(size=100_000) as events:
                filling = asyncio.create_task(backfill(world.database, past.id))
                while time.monotonic() < end:
                    done = await world.do(add_entry, world.ben, incident=free.reference, kind=EntryKind.NOTE, text="x")
                    committed, last = time.monotonic(), 0
                    while last < done.id:
                        last = (await events.batch())[-1].id
                    lags.append(time.monotonic() - committed)
                filling.cancel()
                await asyncio.gather(filling, return_exceptions=True)
        note("feed.lag_p99", f"{sorted(lags)[int(len(lags) * 0.99)] * 1000:.0f} ms from commit to delivery")
        assert len(lags) > 10
        assert not any(other.is_closed() for other in others)
    finally:
        for other in others:
            other.terminate()
