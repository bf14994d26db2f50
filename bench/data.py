"""An organisation with a long history, made by SQL in bulk: incidents, four roles each, and a timeline.

Events are loaded past the journal (its guard is told so): a benchmark's past need not have happened.
"""

import asyncpg

USERS = """
insert into app_user(name, email, access_role, created_at)
select 'Person ' || g, 'person' || g || '@example.org', 'RESPONDER', now() from generate_series(1, 200) g"""

INCIDENTS = """
insert into incident(id, title, summary, labels, severity_version_id, stage, kind, visibility, version,
  last_event_number, reported_by_kind, created_at, detected_at, acknowledged_at, declared_at, resolved_at, mitigated_at)
select g, 'Incident number ' || g, 'Something is wrong with part ' || g % 97, '{}', 1 + g % 3,
  case when g % 100 = 0 then 'RESPONSE' else 'RESOLUTION' end, 'REAL', 'ORGANISATION', 1, $2::bigint, 'SYSTEM',
  t, t, t, t, case when g % 100 > 0 then t + interval '1 hour' end, case when g % 100 > 0 then t + interval '1 hour' end
from (select g, now() - make_interval(mins => ($1 - g)::int) as t from generate_series(1, $1::bigint) g) s"""

ROLES = """
insert into role_assignment(incident_id, role_id, user_id, assumed_at)
select i, r.id, 1 + (i * 7 + r.id * 13) % 200, now() from generate_series(1, $1::bigint) i, role r
where r.key in ('commander', 'technical_lead', 'communications_lead', 'scribe')"""

EVENTS = """
insert into event(id, incident_id, number, kind, actor_kind, actor_id, occurred_at, recorded_at, entry_kind, visibility,
  data, text_digest)
select nextval('event_feed'), i, n, 'entry.added', 'USER', 1 + (i + n) % 200, t, t, 'NOTE', 'ORGANISATION', '{}',
  sha256(int8send(i * 100 + n))
from (select i, n, now() - make_interval(mins => ($1 - i)::int) as t
  from generate_series(1, $1::bigint) i, generate_series(1, $2::bigint) n order by i, n) s"""

TEXTS = """
insert into event_text(event_id, salt, body)
select id, uuid_send(gen_random_uuid()), 'Note ' || number || ' on incident ' || incident_id from event"""


async def load(url: str, *, incidents: int, events_each: int) -> None:
    """Fill a migrated, empty database. One incident in a hundred is open."""
    connection = await asyncpg.connect(url, server_settings={"muster.journal": "on"})
    try:
        await connection.execute(USERS)
        await connection.execute(INCIDENTS, incidents, events_each, timeout=600)
        await connection.execute(ROLES, incidents, timeout=600)
        await connection.execute(EVENTS, incidents, events_each, timeout=600)
        await connection.execute(TEXTS, timeout=600)
        await connection.execute("select setval('incident_number', $1::bigint)", incidents)
        await connection.execute("vacuum analyze", timeout=600)
    finally:
        await connection.close()
