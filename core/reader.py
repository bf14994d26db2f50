"""Reads of one request: one connection, and one snapshot of what is in the database."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Executable, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.direct import Directs
from core.outage import NoDatabaseError
from core.rows import freeze

M = TypeVar("M")

Parameters = dict[str, Any] | None
"""Values for the named parameters of a statement."""


class Reader:
    """Reads of one request: one connection, one snapshot, so that every part of the answer agrees.

    The connection is opened by the first read. Reads queue up behind each other: a connection does one thing at a time.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        options: Mapping[str, Any],
        directs: Directs | None = None,
        *,
        commits: bool = False,
    ) -> None:
        self.clock = clock
        self._commits = commits
        self._engine = engine
        self._directs = directs
        self._options = options
        self._connection: AsyncConnection | None = None
        self._lock = asyncio.Lock()

    @property
    def source(self) -> object | None:
        """What is read, for those who remember what they read of it; None for a transaction's own view."""
        return self._engine

    async def execute(self, statement: Executable, parameters: Parameters = None) -> Sequence[Any]:
        """All rows of a statement."""
        async with self._lock:
            connection = await self._open()
            rows = (await connection.execute(statement, parameters)).all()
            if self._commits:
                await connection.commit()
            return rows

    async def tuples(self, statement: Executable, parameters: Parameters = None) -> Sequence[Any]:
        """The same for a statement that is kept (core.kept), at half the cost: the rows know no names of columns."""
        if self._commits:
            return await self.execute(statement, parameters)
        async with self._lock:
            connection = await self._open()
            direct = self._directs.of(statement) if self._directs is not None and not self._watched() else None
            if direct is None:
                return (await connection.execute(statement, parameters)).all()
            try:
                pooled: Any = connection.sync_connection
                return await direct.fetch(pooled.connection.dbapi_connection, parameters)
            except DBAPIError as error:
                if error.connection_invalidated:
                    await connection.invalidate(error.orig)
                raise
            except asyncio.CancelledError:
                await connection.invalidate()
                raise

    def _watched(self) -> bool:
        """Whether somebody listens to what is sent: then SQLAlchemy sends it."""
        return bool(self._engine.sync_engine.dispatch.before_cursor_execute)

    async def _open(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._engine.connect()
            self._connection = await connection.execution_options(**self._options)
        elif self._connection.invalidated:
            raise NoDatabaseError("the connection was lost before all was read")
        return self._connection

    async def rows(self, model: type[M], statement: Select[Any], parameters: Parameters = None) -> list[M]:
        """The rows of a `select(model)` as frozen rows (core.rows): columns and derived properties, no session."""
        return freeze(model, await self.tuples(statement, parameters))

    async def row(self, model: type[M], statement: Select[Any], parameters: Parameters = None) -> M | None:
        """The first row of a `select(model)`, or None."""
        found = await self.rows(model, statement, parameters)
        return found[0] if found else None

    async def scalar(self, statement: Executable, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        found = await self.execute(statement, parameters)
        return found[0][0] if found else None

    async def close(self) -> None:
        """Give the connection back."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None
