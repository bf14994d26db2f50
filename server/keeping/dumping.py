"""`muster dump`: everything as JSON Lines, one file a table, as of one moment (docs/guides/backup-and-restore.md)."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from core.db import plain_url
from server.keeping.shelf import Writing
from server.keeping.tables import Table, sequences, tables
from server.startup import StartError

MANIFEST = "manifest.json"
FORMAT = "muster-dump"
VERSION = 1
AT_A_TIME = 500
SPELLING = (
    "set timezone = 'UTC'",
    "set intervalstyle = 'iso_8601'",
    "set bytea_output = 'hex'",
    "set datestyle = 'ISO'",
)
"""How values are written, whatever the database's own settings."""
NOTE = (
    "Rows as JSON, as PostgreSQL writes them: moments in UTC, bytes as \\x and hexadecimal, a JSON column without a"
    " value left out. Secrets are sealed: MUSTER_SECRET_KEY, or secret.key of the data folder, opens them."
)


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was written."""

    tables: int
    rows: int
    newest_event: int


async def dump(url: str, place: Path) -> Dumped:
    """Write everything to a new folder or ZIP archive. StartError; nothing is left of what could not be finished."""
    _refuse_there(place)
    connection: Any = await asyncpg.connect(plain_url(url))
    try:
        for statement in SPELLING:
            await connection.execute(statement)
        return await _dump(connection, place)
    except OSError as error:
        _discard(place)
        raise StartError(f"can't write {place}: {error.strerror or error}") from error
    except BaseException:
        _discard(place)
        raise
    finally:
        await connection.close()


async def _dump(connection: Any, place: Path) -> Dumped:
    if await connection.fetchval("select to_regclass('alembic_version') is null"):
        raise StartError("the database holds no Muster: run `muster migrate`")
    shelf = Writing(place)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            newest = await connection.fetchval("select coalesce(max(id), 0) from event")
            files = [await _table(connection, shelf, each) for each in await tables(connection)]
            # Sequences are not of the snapshot: later, so that no id comes again.
            more = {"newest_event": newest, "sequences": await sequences(connection)}
            await _manifest(connection, shelf, FORMAT, files, more)
    finally:
        shelf.close()
    return Dumped(len(files), sum(each["rows"] for each in files), newest)


async def dump_tables(
    connection: Any, file: Path, chosen: list[tuple[Table, str, list[int]]], kind: str, more: dict[str, Any]
) -> None:
    """Write some rows of tables (`t`, with $1 their keys) to a new ZIP archive of a kind. OSError.

    `more` is added to what the archive says of itself.
    """
    shelf = Writing(file)
    try:
        files = [
            {**await _table(connection, shelf, table, where, keys), "columns": [*table.columns]}
            for table, where, keys in chosen
        ]
        await _manifest(connection, shelf, kind, files, more)
    finally:
        shelf.close()


async def _manifest(
    connection: Any, shelf: Writing, kind: str, files: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    manifest = {
        "format": kind,
        "format_version": VERSION,
        "note": NOTE,
        "muster": version("muster"),
        "schema": await connection.fetchval("select version_num from alembic_version"),
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tables": files,
        **more,
    }
    with shelf.file(MANIFEST) as file:
        file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")


async def _table(
    connection: Any, shelf: Writing, table: Table, where: str = "true", *given: list[int]
) -> dict[str, Any]:
    name = f"{table.name}.jsonl"
    rows, digest = 0, hashlib.sha256()
    with shelf.file(name) as file:
        async for (line,) in connection.cursor(table.lines(where), *given, prefetch=AT_A_TIME):
            content = line.encode() + b"\n"
            file.write(content)
            digest.update(content)
            rows += 1
    return {"table": table.name, "file": name, "rows": rows, "sha256": digest.hexdigest()}


def _refuse_there(place: Path) -> None:
    if place.exists():
        raise StartError(f"{place} is there already: name a new one")


def _discard(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
