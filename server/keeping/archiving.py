"""`muster archive`: old rows that nothing else points at, moved out of the database as JSON Lines (ADR 0047).

They are deleted only when the file stands where it shall be and was read back; what changed meanwhile stays.
"""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from core.db import Database, plain_url
from server.keeping.archive_place import ArchivePlace
from server.keeping.dumping import SPELLING, dump_tables
from server.keeping.loading import load_lines, read_manifest
from server.keeping.shelf import Reading
from server.keeping.tables import Table, tables
from server.startup import StartError

FORMAT = "muster-archive"
BATCH = 1000

OLD = {
    "delivery": "t.created_at < $1 and t.state not in ('PENDING', 'UNKNOWN')",
    "change": "t.told_at < $1 and t.happened_at < $1",
}
"""Which rows of which tables go. Nothing points at them; what is not settled stays."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved."""

    name: str
    rows: dict[str, int]


async def archive(database: Database, place: ArchivePlace, *, days: int) -> Archived | None:
    """Move what is older than so many days to a place; None if there is nothing.

    StartError when it can't be kept there: then all stays.
    """
    moment = database.clock.now()
    before = moment - timedelta(days=days)
    connection: Any = await _connected(database)
    try:
        for statement in SPELLING:
            await connection.execute(statement)
        there = [each for each in await tables(connection) if each.name in OLD]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"muster-archive-{moment:%Y%m%dT%H%M%SZ}.zip"
            keys = await _write(connection, file, there, before)
            if not any(keys.values()):
                return None
            content = file.read_bytes()
        await place.keep(file.name, content)
        if hashlib.sha256(await place.fetch(file.name)).digest() != hashlib.sha256(content).digest():
            raise StartError(f"{file.name} is not in {place.name} as it was written: nothing was deleted")
        gone = {name: await _delete(connection, name, some, before) for name, some in keys.items()}
        return Archived(file.name, gone)
    finally:
        await connection.close()


async def _connected(database: Database) -> Any:
    return await asyncpg.connect(plain_url(database.url))


async def _write(connection: Any, file: Path, there: list[Table], before: datetime) -> dict[str, list[int]]:
    """Write the file, as of one moment; the keys of the rows in it."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        keys = {
            each.name: [
                row["id"]
                for row in await connection.fetch(
                    f'select t.id from "{each.name}" t where {OLD[each.name]} order by t.id',  # noqa: S608 (constants)
                    before,
                )
            ]
            for each in there
        }
        chosen = [(each, OLD[each.name], before) for each in there]
        await dump_tables(connection, file, chosen, FORMAT)
    return keys


async def _delete(connection: Any, name: str, keys: list[int], before: datetime) -> int:
    """Delete rows, some at a time, so that nobody waits; how many. Those that changed since stay."""
    gone = 0
    for start in range(0, len(keys), BATCH):
        done = await connection.execute(
            f'delete from "{name}" t where t.id = any($2) and {OLD[name]}',  # noqa: S608 (constants)
            before,
            keys[start : start + BATCH],
        )
        gone += int(done.rpartition(" ")[2])
    return gone


async def put_back(database: Database, place: ArchivePlace, name: str) -> int:
    """Write an archive's rows into the database again; how many were missing. StartError for one that is damaged."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "archive.zip"
        file.write_bytes(await place.fetch(name))
        shelf = Reading(file)
        connection: Any = await _connected(database)
        try:
            manifest = read_manifest(shelf, Path(name), FORMAT)
            for statement in SPELLING:
                await connection.execute(statement)
            known = {each.name: each for each in await tables(connection) if each.name in OLD}
            async with connection.transaction():
                return sum(
                    [
                        await load_lines(connection, shelf, known[each["table"]], each, " on conflict do nothing")
                        for each in manifest["tables"]
                    ]
                )
        except (asyncpg.PostgresError, KeyError) as error:
            raise StartError(f"{name} can't be put back: {error}") from error
        finally:
            await connection.close()
            shelf.close()
