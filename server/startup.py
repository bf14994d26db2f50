"""From settings to an open database, and from what can go wrong on the way to one clear line."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError

from core.binaries import EmbeddedError
from core.db import Database, plain_url
from core.embedded import EmbeddedPostgres
from core.secrets import Secrets
from core.settings import Settings
from core.wal_archive import archiving
from server.listening import open_listeners

OLDEST_POSTGRESQL = 15
CONNECT_SECONDS = 5


class StartError(Exception):
    """Muster can't start. The message is one line that says what to do."""


def read_settings(environment: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the environment (or the given ones); StartError names every one that is wrong."""
    try:
        return Settings(**environment) if environment else Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'settings'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise StartError(f"settings: {wrong}") from error


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The PostgreSQL of the data folder: started, or attached to if it already runs."""
    try:
        return EmbeddedPostgres(settings.data_dir, archiving(settings.wal_archive) if settings.wal_archive else ())
    except EmbeddedError as error:
        raise StartError(str(error)) from error


def check_secrets(settings: Settings) -> None:
    """Refuse a data folder that can't hold the key which seals secrets; it is needed beside any DATABASE_URL too."""
    try:
        Secrets.of(settings)
    except OSError as error:
        raise StartError(
            f"can't keep the secret key in the data folder {settings.data_dir} ({error.strerror}):"
            " set MUSTER_SECRET_KEY or MUSTER_DATA_DIR"
        ) from error


async def check_database(url: str) -> None:
    """Refuse a database that can't be reached or is too old."""
    try:
        connection = await asyncpg.connect(plain_url(url), timeout=CONNECT_SECONDS)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ArgumentError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StartError(f"can't reach the database of DATABASE_URL: {reason}") from error
    try:
        version = connection.get_server_version()
        if version.major < OLDEST_POSTGRESQL:
            raise StartError(f"PostgreSQL {version.major} is too old: {OLDEST_POSTGRESQL} or newer is needed")
    finally:
        await connection.close()


def kept_copy(settings: Settings) -> bool:
    """Whether a copy of the status page is here, to be served while the database is away."""
    from statuspage.kept import Kept, places  # noqa: PLC0415 (keeps `muster --help` fast)

    return Kept(places(settings)).there


def bound(host: str, port: int, count: int) -> list[socket.socket]:
    """The sockets on which so many API processes are to listen, before anything is started. StartError without them."""
    try:
        return open_listeners(host, port, count)
    except OSError as error:
        raise StartError(f"can't listen on {host}:{port} ({error.strerror}): set MUSTER_HOST or MUSTER_PORT") from error


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The database for a command that runs beside a server, or without one (then an embedded one runs that long)."""
    server = None if settings.database_url else embedded(settings)
    url = settings.database_url or (server.url if server else "")
    try:
        await check_database(url)
        database = Database(settings.direct(url), pool_size=2)
        try:
            yield database
        finally:
            await database.close()
    finally:
        if server is not None:
            with suppress(TimeoutError):
                server.stop()
