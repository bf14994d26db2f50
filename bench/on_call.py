"""Who is on call, of 500 schedules: worked out, remembered, and asked of the database, against one bare statement.

`python -m bench.on_call`. The reference is a statement that gives one row, on the same connection.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import text

from actions.schedules import remembering
from bench.figures import note
from bench.servers import cluster
from core.db import Database
from migrations.apply import migrate

SCHEDULES, PEOPLE, ROUNDS = 500, 40, 300
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
LAYER = {"kind": "WEEKLY", "start": "2026-01-05", "length": 1, "hand_over": "09:00", "weekday": 0, "day": None,
         "end": None, "holidays": "ALSO"}  # fmt: skip
WINDOW = {"start": "08:00", "end": "20:00", "days": [0, 1, 2, 3, 4], "until_day": None}


def definition(index: int) -> dict[str, Any]:
    """Two layers of six people, one of them in office hours."""
    people = [1 + (index + step) % PEOPLE for step in range(6)]
    days = {**LAYER, "name": "Days", "participants": people, "windows": [WINDOW]}
    nights = {**LAYER, "name": "Nights", "participants": people[::-1], "windows": [], "kind": "DAILY", "weekday": None}
    return {"zone": "Europe/Berlin", "layers": [days, nights], "free_days": {}, "country": None, "part": None}


async def fill(db: Database) -> None:
    """500 schedules."""
    async with db.engine.begin() as connection:
        await connection.execute(
            text(
                "insert into app_user(name, email, access_role, created_at) select 'P' || n, n || '@example.org',"
                " 'RESPONDER', now() from generate_series(1, :people) n"
            ),
            {"people": PEOPLE},
        )
        await connection.execute(
            text(
                "insert into schedule(name, version, stamp, created_at) select 'S' || n, 1, gen_random_uuid(), now()"
                " from generate_series(1, :n) n"
            ),
            {"n": SCHEDULES},
        )
        rows = [{"id": index, "definition": json.dumps(definition(index))} for index in range(1, SCHEDULES + 1)]
        await connection.execute(
            text(
                "insert into schedule_version(schedule_id, version, valid_from, definition, created_at)"
                " values (:id, 1, '2026-01-01', cast(:definition as jsonb), now())"
            ),
            rows,
        )


async def timed(step: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """The median of some rounds, in milliseconds."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await step()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


async def main() -> None:
    """All of it."""
    with cluster() as url:
        await migrate(url)
        db = Database(url)
        await fill(db)
        async with db.looking() as reader:
            bare = await timed(lambda: reader.execute(text("select 1")), ROUNDS)
            begun = time.perf_counter()
            found = await remembering.on_call(reader, START)
            cold = (time.perf_counter() - begun) * 1000
            assert len(found) == SCHEDULES
            asked = await timed(lambda: remembering.on_call(reader, START), ROUNDS)
            one = await timed(lambda: remembering.on_call(reader, START, [7]), ROUNDS)
            lines = [line for *_, line in await remembering.timelines(reader, START)]
            await db.close()
    begun = time.perf_counter()
    for step in range(ROUNDS):
        for line in lines:
            line.at(START + timedelta(minutes=step))
    looked_up = (time.perf_counter() - begun) * 1000 / ROUNDS
    note("on_call.bare_statement", f"{bare:.3f} ms")
    note("on_call.cold_500", f"{cold:.0f} ms")
    note("on_call.looked_up_500", f"{looked_up:.3f} ms, without asking whether anything changed")
    note("on_call.asked_one", f"{one:.3f} ms, {one / bare:.1f} x a bare statement")
    note("on_call.asked_500", f"{asked:.3f} ms, {asked / bare:.1f} x a bare statement")


if __name__ == "__main__":
    asyncio.run(main())
