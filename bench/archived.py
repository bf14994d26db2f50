"""Whether a table of a million events stays small and quick when half of it is deleted, batch by batch (ADR 0047).

`python -m bench.archived`: sizes and times, as ratios of before and after in one run.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import asyncpg

from core.embedded import EmbeddedPostgres
from migrations.apply import migrate

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


def main():
    with tempfile.TemporaryDirectory(prefix="muster-archived-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "data", ("autovacuum_naptime=1s",))
        try:
            asyncio.run(measure(server.url))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
