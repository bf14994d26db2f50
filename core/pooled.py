"""Connections through a pooler that gives each transaction another connection of the server's: PgBouncer (ADR 0048).

Nothing that outlives a transaction may be relied on there: no setting, no prepared statement, no lock of a session, no
LISTEN. So every statement is part of a transaction, which begins with our timeouts and plans, and is prepared without
a name; that costs no round trip more for a transaction, and two for what is a single statement otherwise. PgBouncer
before 1.21 knows no prepared statements at all, so it is the same for all of them. LISTEN and locks of a session use
DATABASE_DIRECT_URL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection on which a transaction begins with the settings that others have from their start."""

    __slots__ = ()
    begins_with = ""

    async def execute(self, query: str, *arguments: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 (asyncpg's)
        """As asyncpg's; the statement that begins a transaction takes the settings with it."""
        if not arguments and query.startswith("BEGIN"):
            query += self.begins_with
        status: str = await super().execute(query, *arguments, timeout=timeout)
        return status


def pooled_options(settings: dict[str, str], name: str) -> dict[str, Any]:
    """What asyncpg is to be told to connect by a pooler, where transactions are to have such settings."""
    words = "".join(f" set local {key} = '{value}';" for key, value in settings.items())
    kind = type("PooledConnection", (PooledConnection,), {"__slots__": (), "begins_with": words})
    return {
        "connection_class": kind,
        "server_settings": {"application_name": name},
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,  # none
    }


class Singly:
    """Carries out each statement in a transaction of its own."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """The result of a statement, which is committed."""
        result = await self._connection.execute(statement, parameters)
        await self._connection.commit()
        return result


class SinglyByDriver:
    """The same on a connection of asyncpg's."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def fetchrow(self, statement: str, *values: Any) -> Any:
        """The first row of a statement, which is committed."""
        async with self._driver.transaction():
            return await self._driver.fetchrow(statement, *values)

    async def fetchval(self, statement: str, *values: Any) -> Any:
        """The first column of the first row of a statement, which is committed."""
        async with self._driver.transaction():
            return await self._driver.fetchval(statement, *values)

    async def execute(self, statement: str, *values: Any) -> Any:
        """Carry out a statement, which is committed."""
        async with self._driver.transaction():
            return await self._driver.execute(statement, *values)


@asynccontextmanager
async def singly(engine: AsyncEngine) -> AsyncIterator[Singly]:
    """A connection by a pooler on which each statement is a transaction of its own."""
    async with engine.connect() as connection:
        yield Singly(connection)
