"""The audit of a quarter with 2,000 incidents, and as many in the quarter before, among some years of others.

`python -m bench.practice`; BENCH_INCIDENTS and BENCH_ROUNDS change the size.
"""

import asyncio
import os
import statistics
from datetime import timedelta
from time import perf_counter

import asyncpg

from actions.practice.audit import read_audit
from auth.actor import Actor
from bench.data import load
from bench.figures import note
from bench.metrics_rows import EVENTS, MOMENTS
from bench.servers import cluster
from core.cursor import encode_cursor
from core.db import Database
from core.garbage import rarely_collect
from migrations.apply import migrate
from models.words import AccessRole, ActorKind

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "20000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
DAYS, IN_THEM = 90, 2_000
ALLOWED_SECONDS = 3.0
EVE = Actor(ActorKind.USER, 7, "Eve", AccessRole.VIEWER)

SPREAD = f"""
update incident set acknowledged_at = null, declared_at = null, mitigated_at = null, closed_at = null,
  detected_at = now() - ((select max(id) from incident) - id) * interval '{DAYS * 1440 / IN_THEM} min'"""  # noqa: S608
LIVED = """
insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility, data)
select (select max(id) from event) + row_number() over (order by i.id, n), i.id, 100 + n, course.kind, 'USER',
  1 + n % 50, i.declared_at + n * interval '1 min', i.declared_at + n * interval '1 min', i.visibility, data
from incident i, lateral (
  select n, 'role.assigned' kind, jsonb_build_object('role_id', n, 'user_id', n) data from generate_series(1, 4) n
  union all select n, 'entry.added', '{}' from generate_series(5, 24) n
  union all select n, 'task.claimed', jsonb_build_object('task_id', n, 'title', 'Look') from generate_series(25, 28) n
  union all select n, 'reminder.update_overdue', jsonb_build_object('audience', 'PUBLIC', 'promised_by', i.declared_at)
    from generate_series(29, 29 + i.id % 2) n
  union all select 32, 'runbook.opened', '{"runbook_id": 1, "version": 1}'
  union all select 33, 'postmortem.published', '{"blaming": 0}'
) course where i.declared_at is not null"""
ROWS = (
    "set session_replication_role = replica",
    SPREAD,
    MOMENTS,
    EVENTS,
    LIVED,
    """insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility,
        data)
      select (select max(id) from event) + row_number() over (order by u.id), i.id, 1000 + u.id, 'update.published',
        'USER', 1, u.published_at, u.published_at, i.visibility,
        jsonb_build_object('update_id', u.id, 'audience', u.audience)
      from status_update u join incident i on i.id = u.incident_id""",
    "update delivery d set created_at = i.declared_at from incident i where i.id = d.incident_id",
    "select setval('event_feed', (select max(id) from event))",
    "vacuum analyze",
)


async def _fill(url: str) -> None:
    await load(url, incidents=INCIDENTS, events_each=1)
    connection = await asyncpg.connect(url, command_timeout=3600)
    for statement in ROWS:
        await connection.execute(statement)
    await connection.close()


async def _audit(url: str) -> float:
    """The median of some rounds, in seconds, the first left out."""
    database = Database(url, pool_size=2)
    last = database.clock.now().date()
    days = {"first_day": last - timedelta(days=DAYS - 1), "last_day": last, "time_zone": "UTC"}
    taken, place = [], None
    try:
        for turn in range(ROUNDS + 2):
            begun = perf_counter()
            async with database.reading() as reader:
                asked = {"as_of": encode_cursor(place - 1)} if turn > ROUNDS and place else {}
                found = await read_audit(reader, EVE, **days, **asked)
            taken.append(perf_counter() - begun)
            place = found.place
        for each in found.checks:
            print(f"  {each.standard.check.key}: {each.now}")
        print(f"  {found.incidents:,} incidents; as of an earlier cursor {taken[-1]:.2f} s")
        return statistics.median(taken[1:-1])
    finally:
        await database.close()


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(_fill(url))
        rarely_collect()  # as the server does
        seconds = asyncio.run(_audit(url))
        note("practice.audit", f"{seconds:.2f} s for {IN_THEM:,} incidents ({ALLOWED_SECONDS:.0f} s allowed)")


if __name__ == "__main__":
    main()
