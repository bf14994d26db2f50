"""Bring a database to the newest schema, whoever else tries at the same time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.db import asyncpg_url
from core.outage import connect

MIGRATION_LOCK = 7420
"""Key of the advisory lock that lets one process migrate while the others wait for it."""


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


async def migrate(url: str, revision: str = "head") -> None:
    """Run all missing migrations, or those up to a revision; safe to call from any number of processes at once."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool, connect_args={"async_creator_fn": connect})
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()
