"""What archiving costs (ADR 0047): alerts with their events moved out, and what taking alerts takes meanwhile.

`python -m bench.archived`: 250,000 alerts (BENCH_ARCHIVED) of a hundred days, of which a fifth have an incident, with
two events each, and of which those older than forty days go; rows a second, there and back, sizes, and the time of a
delivery of one new alert before and meanwhile, from a process of its own. `python -m bench.archived table`: whether a
table of a million events stays small and quick when half of it is deleted, batch by batch; as ratios in one run.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.rules import save_routing_rule
from actions.alerts.sources import create_alert_source
from auth.actor import SYSTEM
from core.db import Database
from core.embedded import EmbeddedPostgres
from core.secrets import Secrets
from core.settings import Settings
from migrations.apply import migrate
from models.alert import AlertSource
from server.keeping.archive_back import put_back
from server.keeping.archive_place import place_at
from server.keeping.archiving import archive

ALERTS = int(os.environ.get("BENCH_ARCHIVED", "250000"))
DAYS = 40
BEFORE = 10.0
"""Seconds for which alerts come in before anything is archived."""
ALERTS_OF_YORE = """
with made as (
  insert into alert(source_id, fingerprint, group_key, title, state, count, starts_at, first_seen_at, last_seen_at,
      resolved_at, labels, annotations, incident_id)
    select $1, 'f' || n % 20000, 'g' || n % 500, 'InstanceDown on node ' || n % 20000, 'RESOLVED', 3, at, at,
      at + interval '4 min', at + interval '5 min',
      jsonb_build_object('alertname', 'InstanceDown', 'instance', 'node-' || n % 20000, 'job', 'node', 'zone', 'a'),
      jsonb_build_object('summary', repeat('It does not answer. ', 6)), case when n % 5 = 0 then $2::bigint end
    from generate_series(1, $3::int) n, lateral (select now() - interval '100 days' * (1 - n / $3::float) as at) a
    returning *
)
insert into event(id, incident_id, kind, actor_kind, actor_id, occurred_at, recorded_at, visibility, data)
  select nextval('event_feed'), incident_id, kind, 'INTEGRATION', $1, at, at, 'ORGANISATION', jsonb_build_object(
    'alert_id', id, 'title', title)
    || case when kind = 'alert.received' then jsonb_build_object('source_id', $1::bigint,
      'fingerprint', fingerprint, 'starts_at', starts_at) else '{}' end
  from (
    select *, 'alert.received' as kind, first_seen_at as at from made union all
    select *, 'alert.resolved', resolved_at from made order by at
  ) e
"""
SIZES = (
    "select pg_total_relation_size('alert') + pg_total_relation_size('event') + pg_total_relation_size('event_text')"
)

ROWS = 1_000_000
BATCH = 1000
INSERTS = 300

FILL = """
insert into old (id, incident_id, number, kind, actor_kind, occurred_at, recorded_at, visibility, data)
select n, n / 20, n % 20, 'entry.added', 'USER', now(), now() - (2000000 - n) * interval '1 s',
  'ORGANISATION', jsonb_build_object('entry', n, 'words', repeat('x', 80))
from generate_series($1::int, $2::int) n
"""


async def inserted(connection, start):
    """The median time of single inserts, in ms."""
    took = []
    for number in range(start, start + INSERTS):
        began = time.perf_counter()
        await connection.execute(FILL, number, number)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


async def measure(url):
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute("create table old (like event including all)")
    for start in range(1, ROWS, 100_000):
        await connection.execute(FILL, start, start + 99_999)
    await connection.execute("vacuum analyze old")
    size = await connection.fetchval("select pg_total_relation_size('old')")
    before = await inserted(connection, ROWS + 1)
    began, batches = time.perf_counter(), []
    for start in range(1, ROWS // 2, BATCH):
        one = time.perf_counter()
        await connection.execute("delete from old where id between $1 and $2", start, start + BATCH - 1)
        batches.append(time.perf_counter() - one)
    took = time.perf_counter() - began
    dead = 1
    while dead and time.perf_counter() - began < 180:
        await asyncio.sleep(1)
        dead = await connection.fetchval("select n_dead_tup from pg_stat_user_tables where relname = 'old'")
    clean = time.perf_counter() - began - took
    after = await inserted(connection, ROWS + 10_000)
    for start in range(1_100_001, 1_600_000, 100_000):
        await connection.execute(FILL, start, start + 99_999)
    again = await connection.fetchval("select pg_total_relation_size('old')")
    print(f"{ROWS // 2} rows deleted in {took:.1f} s, {statistics.median(batches) * 1000:.1f} ms a batch of {BATCH}")
    print(f"autovacuum was through {clean:.0f} s later; dead rows left: {dead}")
    print(f"an insert: {after / before:.2f} of before; size after as many new rows: {again / size:.2f} of before")
    await connection.close()


async def moved(url, folder):
    """Archive while alerts come in, and put it back."""
    await migrate(url)
    database = Database(url, secrets=Secrets(["bench"]))
    async with database.unit_of_work() as session:
        source, _ = await create_alert_source(session, SYSTEM, kind="alertmanager", name="Prometheus")
        await save_routing_rule(session, SYSTEM, name="All", matchers={}, create_incident="NEVER")
    connection = await asyncpg.connect(url)
    incident = await connection.fetchval(
        "insert into incident(id, title, stage, kind, visibility, reported_by_kind, labels, version,"
        " last_event_number, created_at, detected_at)"
        " values (1, 'x', 'RESPONSE', 'REAL', 'ORGANISATION', 'SYSTEM', '{}', 1, 0, now(), now()) returning id"
    )
    await connection.execute("set muster.journal = 'on'")
    await connection.execute(ALERTS_OF_YORE, source.id, incident, ALERTS)
    await connection.execute("vacuum analyze")
    before = await connection.fetchval(SIZES)
    print(f"load before: {os.getloadavg()[0]:.1f}; {ALERTS:,} alerts with two events each, {before / 1e6:.0f} MB")
    alone = await intake(url, source.id, asyncio.sleep(BEFORE))
    place = place_at(Settings(data_dir=folder), f"dir:{folder / 'archive'}")
    done = []

    async def move():
        began = time.perf_counter()
        done.extend(await archive(database, place, days=DAYS))
        return time.perf_counter() - began

    took, meanwhile = await intake(url, source.id, move())
    rows = sum(sum(each.rows.values()) for each in done)
    size = sum(each.bytes for each in done)
    print(f"{rows:,} rows in {len(done)} files of {size / 1e6:.0f} MB in {took:.0f} s: {rows / took:,.0f} rows/s")
    print(f"a delivery of a new alert, ms (p50, p99, most; how many): before {alone[1]}, meanwhile {meanwhile}")
    await connection.execute("vacuum analyze")
    print(f"after a vacuum {await connection.fetchval(SIZES) / 1e6:.0f} MB, of which free space is used again", end="")
    for table in ("alert", "event", "event_text"):
        await connection.execute(f"vacuum full {table}")
    print(f"; written anew {await connection.fetchval(SIZES) / 1e6:.0f} MB; load {os.getloadavg()[0]:.1f}")
    began = time.perf_counter()
    back = sum([(await put_back(database, place, each.name)).rows for each in done])
    print(
        f"{back:,} rows back in {time.perf_counter() - began:.0f} s: {back / (time.perf_counter() - began):,.0f} rows/s"
    )
    await connection.close()
    await database.close()


async def intake(url, source, meanwhile):
    """What a process that takes alerts says of it, while something else goes on here; and what that came to."""
    command = (sys.executable, "-m", "bench.archived", "intake", url, str(source))
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    child = await asyncio.create_subprocess_exec(*command, **pipes)
    await child.stdout.readline()
    result = await meanwhile
    said, _ = await child.communicate(b"enough")
    return result, said.decode().strip()


async def take(url, source):
    """Deliver one new alert after the other, until something comes in by standard input."""
    database = Database(url, pool_size=2, secrets=Secrets(["bench"]))
    async with database.reading() as reader:
        row = await reader.row(AlertSource, AlertSource.__table__.select().where(AlertSource.id == source))
    enough = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    took, number, run = [], 0, time.time_ns()
    while not enough.done():
        number += 1
        alert = NormalisedAlert(f"{run}-{number}", "It is down", firing=True, starts_at=datetime.now(UTC), labels={})
        began = time.perf_counter()
        async with database.unit_of_work() as session:
            await receive_group(session, row, NormalisedGroup(f"{run}-{number % 50}", "Down", (alert,)))
        took.append((time.perf_counter() - began) * 1000)
        if number == 20:
            took.clear()
            print("warm", flush=True)
    took.sort()
    print(f"{statistics.median(took):.1f}, {took[int(len(took) * 0.99)]:.1f}, {took[-1]:.0f}; {len(took):,}")
    await database.close()


def main():
    if sys.argv[1:2] == ["intake"]:
        asyncio.run(take(sys.argv[2], int(sys.argv[3])))
        return
    with tempfile.TemporaryDirectory(prefix="muster-archived-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", ("autovacuum_naptime=1s",))
        try:
            asyncio.run(measure(server.url) if sys.argv[1:] == ["table"] else moved(server.url, Path(folder)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
