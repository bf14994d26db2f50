"""An organisation with a long history, made by SQL in bulk.

The newest thousand incidents are alike at every size, one every nine hours; what grows is the past behind them, one
incident every five minutes. So every answer is as long at a million incidents as at a thousand, and only what it has to
be found among differs. Rows are loaded past the journal (its guards are told so): a benchmark's past need not have
happened. `$1` is the number of incidents, `$2` of events of each.
"""

import asyncpg

from bench.rows import ROWS

RECENT = 1000
"""Incidents that are alike at every size."""

FAST = ("set session_replication_role = replica", "set maintenance_work_mem = '512MB'", "set work_mem = '256MB'")
"""Neither triggers nor foreign keys are asked: the rows are right by construction (`check` looks at some)."""

REBUILT = ("incident", "incident_member", "incident_service", "role_assignment", "event", "alert", "delivery")
"""Tables whose indexes are made after their rows: several times as fast."""

INDEXES = """
select indexname as name, indexdef as made_by from pg_indexes i where tablename = any($1::text[]) and not exists (
  select from pg_constraint c where c.conname = i.indexname)"""

SEQUENCES = """
select format('select setval(%L, (select coalesce(max(id), 0) + 1 from %I))', pg_get_serial_sequence(relname, 'id'),
  relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
  and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'id' and attidentity <> '')"""


async def load(url: str, *, incidents: int, events_each: int) -> None:
    """Fill a migrated, empty database; `bench.rows` says with what. Ten million events take some minutes."""
    connection = await asyncpg.connect(url, command_timeout=3600)
    try:
        for setting in FAST:
            await connection.execute(setting)
        indexes = await connection.fetch(INDEXES, list(REBUILT))
        for index in indexes:
            await connection.execute(f'drop index "{index["name"]}"')
        for statement in ROWS:
            given = {"$1": incidents, "$2": events_each}
            await connection.execute(statement, *(value for name, value in given.items() if name in statement))
        for index in indexes:
            await connection.execute(index["made_by"])
        for (statement,) in await connection.fetch(SEQUENCES):
            await connection.execute(statement)
        await connection.execute("select setval('incident_number', $1::bigint)", incidents)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
