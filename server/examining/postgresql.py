"""`muster doctor --deep`: how PostgreSQL is set, and whether the schema is what this version says."""

import time

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from core.db import Database
from models.tables import metadata
from server.examining.finding import Finding

CROWDED = 0.8
"""The share of connections from which on it is warned."""
SKEW_SECONDS = 1.0
MUCH_SKEW_SECONDS = 10.0
OLD_TRANSACTIONS = 1_000_000_000
"""Half of what a PostgreSQL may be behind with freezing before it takes no more changes."""
LISTED = 3

MUST = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}
"""Without these changes are lost in a crash, or tables grow without end."""
SHOULD = {
    "synchronous_commit": ("on", "remote_apply", "remote_write", "local"),
    "idle_session_timeout": ("0",),
    "transaction_timeout": ("0", ""),
    "server_encoding": ("UTF8",),
}

STATE = text(
    "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,"
    " (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,"
    " (select max(age(datfrozenxid)) from pg_database) as behind,"
    " (select array_agg(indexrelid::regclass::text) from pg_index where not indisvalid) as broken,"
    " (select last_failed_time > coalesce(last_archived_time, '-infinity') from pg_stat_archiver) as archive_fails,"
    " (select last_failed_wal from pg_stat_archiver) as failed"
)


async def examine_postgresql(database: Database) -> list[Finding]:
    """Connections, settings, what was not frozen, broken indexes, the archive of the log, the clock and the schema."""
    async with database.reading() as reader:
        (state,) = await reader.execute(STATE)
        names = list(MUST) + list(SHOULD)
        rows = await reader.execute(
            text(
                "select name, coalesce(current_setting(name, true), '') as value"
                " from unnest(cast(:names as text[])) name"
            ),
            {"names": names},
        )
    given = {row.name: row.value for row in rows}
    crowded = state.used > CROWDED * state.most
    line = f"{state.used} of {state.most} connections of PostgreSQL are taken"
    found: list[Finding] = [(None, f"{line}: raise max_connections, or use PgBouncer") if crowded else (True, line)]
    wrong = [f"{name} is {given[name]}, not {value}" for name, value in MUST.items() if given[name] != value]
    odd = [f"{name} is {given[name]}, not {fine[0]}" for name, fine in SHOULD.items() if given[name] not in fine]
    found += [(False, f"PostgreSQL: {each}") for each in wrong] + [(None, f"PostgreSQL: {each}") for each in odd]
    if not wrong and not odd:
        found.append((True, "PostgreSQL's settings are as they should be"))
    if state.behind > OLD_TRANSACTIONS:
        found.append((None, f"PostgreSQL is {state.behind} transactions behind with freezing: is autovacuum held up?"))
    if state.broken:
        found.append((False, f"indexes that are not valid: {', '.join(state.broken[:LISTED])}; `reindex index` them"))
    if state.archive_fails:
        found.append((False, f"PostgreSQL can't hand over its log ({state.failed}): is the archive's disk full?"))
    found.append(await examine_clock(database))
    found.append(await examine_schema(database))
    return found


async def examine_clock(database: Database) -> Finding:
    """How far this machine's clock is from the database's; half of the way there and back is not known."""
    async with database.reading() as reader:
        await reader.scalar(text("select 1"))
        before, started = time.time(), time.monotonic()
        theirs = float(await reader.scalar(text("select extract(epoch from clock_timestamp())")))
        took = time.monotonic() - started
    skew = abs(theirs - (before + took / 2))
    line = f"the clock here and that of the database differ by {skew:.2f} s"
    if skew < SKEW_SECONDS + took:
        return True, line
    return (None if skew < MUCH_SKEW_SECONDS else False), f"{line}: have both follow NTP"


async def examine_schema(database: Database) -> Finding:
    """Whether tables, columns and indexes are those of the models."""

    def differences(connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(each[0] if isinstance(each, tuple) else each) for each in compare_metadata(context, metadata)]

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)
    if not found:
        return True, "tables, columns and indexes are what this version says"
    return False, f"the schema was changed by hand: {len(found)} differences ({', '.join(found[:LISTED])})"
