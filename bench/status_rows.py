"""A public page with a long past, made by SQL in bulk: 50 components, and incidents with two public updates each.

The newest hundred incidents are alike at every size, one every 20 hours; what grows is the past behind them, one every
five minutes. So every page shows as much at 100,000 incidents as at 100, and only what it is found among differs. The
word "zeppelin" stands in one of the hundred, "part" in all.
"""

import asyncpg

PAST = """
from (select i, $1::bigint - i as g, now() - case when $1::bigint - i < 100
    then ($1::bigint - i) * interval '20 hours'
    else interval '400 days' + ($1::bigint - i - 100) * interval '5 minutes' end - interval '2 hours' as t
  from generate_series(1, $1::bigint) i) past"""

ROWS = (
    "update organisation set name = 'Quillhaven'",
    """insert into component(name, group_name, position, manual_status, status, created_at)
    select 'Component ' || n, 'Group ' || (n - 1) / 5, n, 'OPERATIONAL', 'OPERATIONAL', now() - interval '20 years'
    from generate_series(1, 50) n""",
    """insert into component_period(component_id, status, started_at, ended_at)
    select c, case when (d * 7 + c * 3) % 10 > 2 then 'OPERATIONAL' when d % 3 = 0 then 'MAJOR_OUTAGE'
      else 'PARTIAL_OUTAGE' end,
      now() - (90 - d) * interval '1 day' + c * interval '1 minute',
      case when d < 88 then now() - (90 - d) * interval '1 day' + c * interval '1 minute'
        + case when (d * 7 + c * 3) % 10 > 2 then interval '48 hours' else interval '1 hour' end end
    from generate_series(1, 50) c, generate_series(0, 88, 2) d""",
    f"""insert into incident(id, title, public_title, labels, stage, kind, visibility, version, last_event_number,
      reported_by_kind, created_at, detected_at, public_status, public_since)
    select i, 'Internal ' || i, case when g % 3 > 0 then 'Trouble with part ' || g % 97 end, '{{}}', 'CLOSED', 'REAL',
      'ORGANISATION', 1, 0, 'SYSTEM', t, t, 'RESOLVED', t {PAST}""",
    f"""insert into status_update(id, incident_id, audience, status, body, author_kind, published_at)
    select i * 2 - n, i, 'PUBLIC', case when n = 1 then 'INVESTIGATING' else 'RESOLVED' end,
      case when n = 1 then 'Some requests to part ' || g % 97 || ' fail or take long. We look for the cause, and tell'
        || ' more within half an hour.' || case when g = 70 then ' It is a zeppelin.' else '' end
      else 'Everything works again. Nothing was lost. The cause was a full disk.' end,
      'SYSTEM', t + (1 - n) * interval '40 minutes' {PAST}, generate_series(0, 1) n order by 1""",
    f"""insert into status_update_component(update_id, component_id, from_status, to_status)
    select i * 2 - 1, 1 + i % 50, 'OPERATIONAL', 'PARTIAL_OUTAGE' {PAST}""",
    "select setval('incident_number', $1::bigint)",
    "vacuum analyze",
)


async def load(url: str, incidents: int) -> None:
    """Fill a migrated, empty database. Neither triggers nor foreign keys are asked: the past need not have happened."""
    connection = await asyncpg.connect(url, command_timeout=3600)
    try:
        await connection.execute("set session_replication_role = replica")
        for statement in ROWS:
            await connection.execute(statement, *([incidents] if "$1" in statement else []))
    finally:
        await connection.close()
