"""How long a postmortem takes of an incident that has it all: 10,000 events and 50,000 messages.

`python -m bench.assembly` draws up the first draft, again after a correction, and the preview of a re-assembly, and
prints the worst time of each and the memory that the process came to need.
"""

import asyncio
import resource
import tempfile
import time
from pathlib import Path

import asyncpg
from sqlalchemy import select, text

from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.composing import compose
from actions.postmortems.reading import read_material
from actions.postmortems.reassembly import preview
from bench.figures import note
from core.clock import SystemClock
from core.db import Database
from core.embedded import EmbeddedPostgres
from migrations.apply import migrate
from models.postmortem import Postmortem, PostmortemSection

EVENTS, MESSAGES, ROUNDS = 10_000, 50_000, 3
MOST_SECONDS, MOST_MB = 2.0, 300

# ruff: noqa: S608 (constants)
INCIDENT = (
    "set session_replication_role = replica",
    """insert into app_user(name, email, access_role, created_at)
select 'Person ' || chr(64 + n) || ' Example', n || '@example.org', 'RESPONDER', now() from generate_series(1, 20) n""",
    """insert into alert_source(kind, name, key_digest, created_at) values ('alertmanager', 'Monitor', 'a', now())""",
    """insert into integration(key, vendor, name, configuration, version, created_at)
values ('slack', 'slack', 'Slack', '{}', 1, now())""",
    f"""insert into incident(id, title, summary, labels, stage, kind, visibility, version, last_event_number,
  reported_by_kind, created_at, impact_started_at, detected_at, declared_at, acknowledged_at, mitigated_at, resolved_at,
  severity_version_id)
select 1, 'All is down', 'Nothing works. Person B Example found it.', '{{}}', 'RESOLUTION', 'REAL', 'ORGANISATION', 1,
  {EVENTS}, 'SYSTEM', t, t, t, t, t, t + interval '20 hours', t + interval '24 hours', 1
from (select now() - interval '2 days' as t) past""",
    f"""insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind,
  visibility, data, text_digest)
select n, 1, n, case when n = 1 then 'incident.declared' when n % 3 = 0 then 'alert.received'
    when n % 97 = 0 then 'role.assigned' when n % 41 = 0 then 'incident.stage_changed'
    when n % 7 = 0 then 'task.added' else 'entry.added' end,
  'USER', 1 + n % 20, t + (n * 7919 % {EVENTS}) * interval '8 seconds', now(),
  case when n > 1 and n % 3 > 0 and n % 97 > 0 and n % 41 > 0 and n % 7 > 0
    then (array['NOTE', 'DECISION', 'ACTION', 'HYPOTHESIS', 'OBSERVATION'])[1 + n % 5] end,
  'ORGANISATION',
  case when n = 1 then '{{"title": "All is down", "severity_id": 1, "severity_name": "SEV1", "severity_version_id": 1,
    "obligations": {{}}}}'
    when n % 3 = 0 then jsonb_build_object('alert_id', n, 'source_id', 1, 'title', 'Full', 'fingerprint', n::text,
      'starts_at', t)
    when n % 97 = 0 then jsonb_build_object('role_id', 1 + n % 4, 'user_id', 1 + n % 20)
    when n % 41 = 0 then '{{"from_stage": "RESPONSE", "to_stage": "MITIGATION"}}'
    when n % 7 = 0 then jsonb_build_object('task_id', n, 'title', 'Look')
    else '{{}}' end, sha256(n::text::bytea)
from generate_series(1, {EVENTS}) n, (select detected_at as t from incident) i""",
    """insert into event_text(event_id, salt, body)
select id, 'a', 'Person ' || chr(64 + (id % 20)::int) || ' Example sees ' || repeat('something 你好 ', 20) from event
where entry_kind is not null""",
    f"""insert into alert(source_id, fingerprint, group_key, title, state, count, starts_at, first_seen_at,
  last_seen_at, labels, annotations, incident_id)
select 1, n::text, 'g', 'Disk ' || n % 9, 'RESOLVED', 3, now(), now(), now(), '{{}}', '{{}}', 1
from generate_series(1, {EVENTS} / 3) n""",
    f"""insert into role_assignment(incident_id, role_id, user_id, assumed_at, relinquished_at)
select 1, 1 + n % 4, 1 + n % 20, now() - interval '2 days' + n * interval '5 minutes',
  now() - interval '2 days' + (n + 1) * interval '5 minutes' from generate_series(1, {EVENTS} / 97) n""",
    f"""insert into task(incident_id, title, state, created_at)
select 1, 'Look', 'OPEN', now() from generate_series(1, {EVENTS} / 7) n""",
    f"""insert into chat_message(incident_id, integration_id, channel, stamp, posted_at, author, body)
select 1, 1, 'C1', n::text, now() - interval '2 days' + (n * 7919 % {MESSAGES}) * interval '1 second', 'U' || n % 60,
  repeat('words ', 20) from generate_series(1, {MESSAGES}) n""",
    f"select setval('event_feed', {EVENTS})",
    "vacuum analyze",
)


async def _timed(work) -> tuple[float, float]:
    """Seconds that a piece of work takes, and those of CPU among them that are ours."""
    began, busy = time.perf_counter(), time.process_time()
    await work
    return time.perf_counter() - began, time.process_time() - busy


async def _again(database: Database) -> None:
    async with database.unit_of_work() as session:
        await session.execute(text("update postmortem set assembled_cursor = 0"))
        await session.execute(text("delete from postmortem_statement where position < 5"))
    await assemble_postmortem(database, 1)


async def _preview(database: Database) -> None:
    async with database.reading() as reader:
        version = await reader.scalar(select(Postmortem.version))
        sections = await reader.rows(PostmortemSection, select(PostmortemSection))
        preview(version, sections, compose(await read_material(reader, 1)))


async def _measure(url: str) -> dict:
    database = Database(url, clock=SystemClock(), pool_size=2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = {"first": await _timed(assemble_postmortem(database, 1))}
    times["again"] = max([await _timed(_again(database)) for _ in range(ROUNDS)])
    times["preview"] = max([await _timed(_preview(database)) for _ in range(ROUNDS)])
    await database.close()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**times, "mb": after / 1024, "more_mb": (after - before) / 1024}


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in INCIDENT:
        await connection.execute(statement)
    await connection.close()


def main() -> None:
    """Fill, measure, print."""
    print(f"assembly: {EVENTS} events, {MESSAGES} messages")
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as base:
        Path(base).chmod(0o755)
        server = EmbeddedPostgres(Path(base) / "data")
        try:
            asyncio.run(migrate(server.url))
            asyncio.run(_fill(server.url))
            found = asyncio.run(_measure(server.url))
        finally:
            server.stop()
    for name in ("first", "again", "preview"):
        seconds, busy = found[name]
        note(f"assembly.{name}", f"{seconds:.2f} s, {busy:.2f} of them CPU of ours (limit {MOST_SECONDS:.0f})")
    note("assembly.memory", f"{found['mb']:.0f} MB (limit {MOST_MB}), {found['more_mb']:.0f} of it for the work")


if __name__ == "__main__":
    main()
