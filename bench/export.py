"""What a publication costs: CPU time to rebuild the bundle, with 50 components, 90 days and 500 incidents of history.

`python -m bench.export` prints the full rebuild, the one after an update, and both with the writing of a folder.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
from sqlalchemy import text

from actions.updates import publish_update
from auth.actor import Actor
from bench.figures import note
from core.clock import SystemClock
from core.db import Database
from core.embedded import EmbeddedPostgres
from migrations.apply import migrate
from models.words import AccessRole, ActorKind, Audience, PublicStatus
from statuspage.builder import Builder
from statuspage.folder import Folder

COMPONENTS, INCIDENTS, UPDATES, ROUNDS = 50, 500, 4, 20
LIMIT_MS = 50.0

# ruff: noqa: S608 (constants)
HISTORY = (
    "set session_replication_role = replica",
    "insert into app_user(name, email, access_role, created_at) values ('Ada', 'ada@example.org', 'ADMIN', now())",
    f"""insert into component(name, group_name, position, manual_status, status, created_at)
select 'Component ' || n, 'Group ' || n % 8, n, 'OPERATIONAL', 'OPERATIONAL', now() - interval '2 years'
from generate_series(1, {COMPONENTS}) n""",
    f"""insert into component_period(component_id, status, started_at, ended_at)
select c, case when d % 2 = 0 then 'PARTIAL_OUTAGE' else 'OPERATIONAL' end, now() - d * interval '1 day',
  case when d > 1 then now() - (d - 1) * interval '1 day' end
from generate_series(1, {COMPONENTS}) c, generate_series(1, 90) d where d % 15 in (0, 14) or d = 1""",
    f"""insert into incident(id, title, public_title, summary, labels, stage, kind, visibility, version,
  last_event_number, reported_by_kind, created_at, detected_at, declared_at, acknowledged_at, public_status,
  public_since)
select i, 'Internal ' || i, 'Trouble with part ' || i % 97, '', '{{}}', 'RESPONSE', 'REAL', 'ORGANISATION', 1, 0,
  'SYSTEM', t, t, t, t, case when i = {INCIDENTS} then 'IDENTIFIED' else 'RESOLVED' end, t
from (select i, now() - ({INCIDENTS} - i) * interval '17 hours' - interval '2 hours' as t
  from generate_series(1, {INCIDENTS}) i) past""",
    f"""insert into status_update(incident_id, audience, status, body, author_kind, published_at)
select id, 'PUBLIC', case when n = {UPDATES} and id < {INCIDENTS} then 'RESOLVED' else 'IDENTIFIED' end,
  'We know **more**: some payments by card fail, and it is part ' || id % 97
  || '. We [are working](https://example.org) on it and will tell you as soon as we have found out.', 'SYSTEM',
  public_since + n * interval '10 minutes'
from incident, generate_series(1, {UPDATES}) n order by id, n""",
    f"""insert into status_update_component(update_id, component_id, from_status, to_status)
select id, 1 + incident_id % {COMPONENTS}, 'OPERATIONAL', 'PARTIAL_OUTAGE' from status_update""",
    f"select setval('incident_number', {INCIDENTS})",
    "select setval(pg_get_serial_sequence('status_update', 'id'), (select max(id) from status_update))",
)


async def fill(url: str) -> None:
    """The history."""
    connection = await asyncpg.connect(url)
    try:
        for statement in HISTORY:
            await connection.execute(statement)
    finally:
        await connection.close()


async def cpu(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of CPU that a piece of work takes, in all threads of this process."""
    began = time.process_time()
    await work()
    return (time.process_time() - began) * 1000


async def measure(url: str, folder: Path) -> None:
    database = Database(url, clock=SystemClock())
    ada = Actor(ActorKind.USER, 1, "Ada", AccessRole.ADMIN)
    builder, target = Builder("https://status.example.org"), Folder(folder)

    async def full() -> None:
        target.publish(target.held(), await Builder("https://status.example.org").build(database))

    async def after_update() -> None:
        target.publish(target.held(), await builder.build(database, {INCIDENTS}))

    async def rendered() -> None:
        await builder.build(database, {INCIDENTS})

    async with database.reading() as reader:
        await reader.scalar(text("select 1"))
    await full()
    whole = [await cpu(full) for _ in range(3)]
    await builder.build(database)
    figures: dict[str, list[float]] = {"rebuilt": [], "rebuilt and written": []}
    for _ in range(ROUNDS):
        for name, work in (("rebuilt", rendered), ("rebuilt and written", after_update)):
            async with database.unit_of_work() as session:
                await publish_update(
                    session,
                    ada,
                    incident=f"INC-{INCIDENTS}",
                    audience=Audience.PUBLIC,
                    body="We found it.",
                    status=PublicStatus.IDENTIFIED,
                )
            figures[name].append(await cpu(work))
    note("export.full", f"{statistics.median(whole):.0f} ms of CPU for everything, written")
    for name, values in figures.items():
        middle = statistics.median(values)
        note(f"export.{name.replace(' ', '_')}", f"{middle:.1f} ms of CPU after an update (limit {LIMIT_MS:.0f})")
    await database.close()


def main() -> None:
    print(f"export: {COMPONENTS} components, {INCIDENTS} incidents of {UPDATES} updates")
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as base:
        Path(base).chmod(0o755)
        server = EmbeddedPostgres(Path(base) / "data")
        try:
            asyncio.run(migrate(server.url))
            asyncio.run(fill(server.url))
            asyncio.run(measure(server.url, Path(base) / "status"))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
