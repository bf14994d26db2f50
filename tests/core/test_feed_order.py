"""The proof that the feed never skips, doubles or inverts (ADR 0001), with a control that does.

32 writers with random pauses and roll-backs on 40 incidents; a live reader whose connection is cut on the way; and, in
the same transactions, a control table whose ids are given at insert and which is read by `id > last`.
"""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from core.db import Database
from core.journal import PendingEvent, journal_of
from core.live import Live
from tests.core.feed import make_incidents, note
from tests.core.test_live import cut

WRITERS = 32
ROUNDS = 8
"""Transactions of each writer."""

INCIDENTS = range(1, 41)
END = "end"


@dataclass
class Written:
    """What was committed: event id → (incident, number), and the control's ids."""

    events: dict[int, tuple[int, int]] = field(default_factory=dict)
    control: set[int] = field(default_factory=set)
    rolled_back: int = 0


async def act(session, chance, incident):
    """What an action does: lock the incident, write a row, note an event or two. Returns the control's id."""
    await session.execute(text("select 1 from incident where id = :id for no key update"), {"id": incident})
    control = (await session.execute(text("insert into control default values returning id"))).scalar_one()
    moment = session.info["clock"].now()
    for _ in range(chance.choice([1, 1, 2])):
        journal_of(session).events.append(
            PendingEvent("x", "SYSTEM", None, moment, moment, {}, "ORGANISATION", incident_id=incident, numbered=True)
        )
    return control


async def write(database, seed, written):
    """Transactions on one or two incidents, one in ten rolled back. The pauses are what is tried."""
    chance = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    for _ in range(ROUNDS):
        incidents = sorted(chance.sample(INCIDENTS, chance.choice([1, 1, 2])))
        try:
            async with database.unit_of_work() as session:
                control = set()
                for incident in incidents:
                    control.add(await act(session, chance, incident))
                    await asyncio.sleep(chance.random() / 50)
                await asyncio.sleep(0.5 if chance.random() < 0.04 else chance.random() / 25)
                if chance.random() < 0.1:
                    raise ZeroDivisionError  # noqa: TRY301 (the unit of work must see it)
        except ZeroDivisionError:
            written.rolled_back += 1
        else:
            written.control |= control
            written.events |= {event.id: (event.incident_id, event.number) for event in journal_of(session).events}


async def read(live, after):
    """Everything up to the end, as (id, incident, number)."""
    got = []
    with live.subscribe(after=after, size=100_000) as events:
        async for row in events:
            if row.kind == END:
                break
            got.append((row.id, row.incident_id, row.number))
    return got


async def read_control(database, live):
    """What a reader of `id > last` finds, who looks whenever something was committed."""
    found = []
    with live.subscribe() as events:
        committed = []
        while not committed or committed[-1].kind != END:
            committed = await events.batch()
            async with database.reading() as reader:
                rows = await reader.execute(text(f"select id from control where id > {max(found, default=0)}"))
            found += [row.id for row in rows]
    return set(found)


@pytest.fixture
async def database(database_url, clock):
    opened = Database(database_url, clock=clock, pool_size=WRITERS + 4)
    async with opened.unit_of_work() as session:
        await session.execute(text("create table control(id bigint generated always as identity primary key)"))
    await make_incidents(opened, *INCIDENTS)
    yield opened
    await opened.close()


async def test_the_feed_never_skips_doubles_or_inverts(database):
    written = Written()
    live = Live(database, poll=0.2)
    database.on_commit = live.on_commit
    async with asyncio.timeout(30), live.running(), asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(read(live, 0))
        control = tasks.create_task(read_control(database, live))
        async with asyncio.TaskGroup() as writers:
            for seed in range(WRITERS):
                writers.create_task(write(database, seed, written))
            with live.subscribe() as some:
                while (await some.batch())[-1].id < WRITERS * ROUNDS // 3:
                    pass
            await cut(database, "muster live")
        await note(database, END)
        replayed = await read(live, 0)

    expected = [(key, *written.events[key]) for key in sorted(written.events)]
    assert reader.result() == expected
    assert replayed == expected
    numbers = defaultdict(list)
    for _, incident, number in expected:
        numbers[incident].append(number)
    assert all(given == list(range(1, len(given) + 1)) for given in numbers.values())
    assert len(expected) > WRITERS * ROUNDS
    assert written.rolled_back > 0
    missed = written.control - control.result()
    assert missed, "the control misses nothing: this test does not provoke what it is to exclude"
