"""Bring a database to the newest schema, whoever else tries at the same time."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.db import asyncpg_url
from core.outage import connect

MIGRATION_LOCK = 7420
"""Key of the advisory lock that lets one process migrate while the others wait for it."""

BUILDING_LOCK = 7439
"""Key of the one for building indexes. It is tried, not waited for: a build waits for whoever waits in a statement."""
TRY_AGAIN_SECONDS = 0.2

BROKEN = text(
    "select format('%I', c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid where not indisvalid"
    " and c.relnamespace = current_schema()::regnamespace and c.relname = any(:ours)"
)
"""What an interrupted `create index concurrently` of ours left. Others may be building theirs right now."""

NAME = re.compile(r"create (?:unique )?index concurrently if not exists (\w+) on ", re.IGNORECASE)


def scripts() -> ScriptDirectory:
    """The migrations that this version has."""
    return ScriptDirectory(str(Path(__file__).parent))


def knows(revision: object) -> bool:
    """Whether this version has a migration: what has one that it does not know is of a newer Muster."""
    return revision in {script.revision for script in scripts().walk_revisions()}


def config(connection: Connection) -> Config:
    """Alembic's configuration without a file, on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection, revision: str) -> None:
    # Alembic's own transaction per migration begins and ends inside ours; the lock is held until all is committed.
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    command.upgrade(config(connection), revision)


def _concurrently() -> list[str]:
    """What the migrations want built beside writes: `concurrently = ("create index concurrently if not exists …",)`."""
    return [line for script in scripts().walk_revisions() for line in getattr(script.module, "concurrently", ())]


async def build(engine: AsyncEngine, statements: Sequence[str]) -> None:
    """Build indexes while everybody writes on; what an earlier attempt left unfinished is built anew.

    Each statement names its index, as NAME has it; ValueError otherwise.
    """
    named = [NAME.match(statement) for statement in statements]
    if None in named:
        raise ValueError(f"not as it must be written: {statements[named.index(None)]}")
    ours = [found[1] for found in named if found]
    async with engine.connect() as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        key = {"key": BUILDING_LOCK}
        while not await connection.scalar(text("select pg_try_advisory_lock(:key)"), key):  # noqa: ASYNC110
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        for name in list(await connection.scalars(BROKEN, {"ours": ours})):
            await connection.execute(text(f"drop index concurrently if exists {name}"))
        for statement in statements:
            await connection.execute(text(statement))
        await connection.execute(text("select pg_advisory_unlock(:key)"), key)


async def migrate(url: str, revision: str = "head") -> None:
    """Run all missing migrations, or those up to a revision; safe to call from any number of processes at once."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool, connect_args={"async_creator_fn": connect})
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, revision)
        if later := _concurrently():
            await build(engine, later)
    finally:
        await engine.dispose()
