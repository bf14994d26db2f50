"""`muster archive`: old rows moved out of the database as JSON Lines, some thousand a file (ADR 0047).

A file is written as of one moment, kept, and read back; then it is noted in the database what may be gone from now on,
and only then rows are deleted, some at a time. What changed meanwhile stays. Whoever is killed in between leaves all
rows in a file, in the database, or in both.
"""

import hashlib
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy import URL

from core.db import Database, plain_url
from server.keeping.archive_choice import OLD, Choice, Part
from server.keeping.archive_place import ArchivePlace
from server.keeping.dumping import SPELLING, dump_tables
from server.keeping.tables import tables
from server.startup import StartError

FORMAT = "muster-archive"
BATCH = 1000
"""Rows that one transaction deletes: some ten milliseconds."""
ARCHIVE_LOCK = 7440
"""Key of the advisory lock of who archives: tried, not waited for (docs/locks.md)."""
MARGIN = timedelta(hours=1)
"""Whoever replays the feed when its events come of age is through by then (core.feed refuses older cursors)."""

INSTALLATION = (
    "select encode(sha256(convert_to(cluster || ' ' || extract(epoch from began_at)::text, 'UTF8')), 'hex')"
    " from feed_era order by first_id limit 1"
)
"""What tells an installation from others: its feed's first era, which backups, dumps and promoted replicas keep."""

_NOTE = """
insert into archive(name, target, taken_at, days, bytes, rows, newest_event, alerts_until)
  values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
"""
_DELETE = {
    name: f'delete from "{name}" t where t.id = any($2) and {old}'  # noqa: S608 (constants)
    for name, old in OLD.items()
}


class BusyError(StartError):
    """Somebody else archives."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A file that was kept: how many rows of which tables were deleted for it, and its size."""

    name: str
    rows: dict[str, int]
    bytes: int


async def _nothing(_: Archived | None) -> None:
    """Who wants to know nothing."""


async def archive(
    database: Database,
    place: ArchivePlace,
    *,
    days: int,
    direct: str | None = None,
    told: Callable[[Archived | None], Awaitable[None]] = _nothing,
) -> list[Archived]:
    """Move what is older than so many days to a place; the files, none if there is nothing.

    `direct`: the database's address past a pooler, for the lock. `told` is called with None before each file, and may
    raise to end it there, and with each file when its rows are gone. StartError when something can't be kept there:
    then its rows stay. BusyError when somebody else archives.
    """
    connection: Any = await connected(direct or database.url)
    try:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", ARCHIVE_LOCK):
            raise BusyError("somebody else is archiving just now: try again when they are done")
        await connection.fetchval("select feed_enter_era(0)")
        choice = Choice(database.clock.now() - timedelta(days=days) - MARGIN)
        done: list[Archived] = []
        while True:
            await told(None)
            one = await _one(connection, place, choice, database.clock.now(), days, len(done) + 1)
            if one is None:
                return done
            done.append(one)
            await told(one)
    finally:
        await connection.close()


async def connected(url: URL | str) -> Any:
    """A connection on which rows are written and read as dumps have them."""
    connection: Any = await asyncpg.connect(plain_url(url))
    for statement in SPELLING:
        await connection.execute(statement)
    return connection


async def _one(
    connection: Any, place: ArchivePlace, choice: Choice, moment: datetime, days: int, number: int
) -> Archived | None:
    """One file, from its rows to their deletion."""
    name = f"muster-archive-{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}Z-{number:04}.zip"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            part = await choice.next(connection)
            if not part:
                return None
            await _write(connection, file, part)
        content = file.read_bytes()
    await place.keep(name, content)
    if hashlib.sha256(await place.fetch(name)).digest() != hashlib.sha256(content).digest():
        raise StartError(f"{name} is not in {place.name} as it was written: nothing was deleted")
    counts = orjson.dumps({table: len(keys) for table, keys in part.keys.items()}).decode()
    note = (name, place.name, moment, days, len(content), counts, part.newest_event, part.alerts_until)
    key = await connection.fetchval(_NOTE, *note)
    gone = await _delete(connection, part, key, choice.before)
    await connection.execute("update archive set finished_at = now() where id = $1", key)
    return Archived(name, gone, len(content))


async def _write(connection: Any, file: Path, part: Part) -> None:
    there = {each.name: each for each in await tables(connection)}
    chosen = [
        (there[name], f"t.{'event_id' if name == 'event_text' else 'id'} = any($1)", keys)
        for name, keys in part.keys.items()
    ]
    more = {"name": file.name, "installation": await connection.fetchval(INSTALLATION)}
    try:
        await dump_tables(connection, file, chosen, FORMAT, more)
    except OSError as error:
        raise StartError(f"can't write {file.name}: {error.strerror or error}: nothing was deleted") from error


async def _delete(connection: Any, part: Part, key: int, before: datetime) -> dict[str, int]:
    """Delete rows, some at a time, so that nobody waits; how many. Those that changed since stay."""
    gone: dict[str, int] = {}
    for name in (each for each in ("delivery", "change", "alert", "event") if each in part.keys):
        gone[name] = 0
        keys = part.keys[name]
        for start in range(0, len(keys), BATCH):
            some = keys[start : start + BATCH]
            if name in _DELETE:
                status = await connection.execute(_DELETE[name], before, some)
                gone[name] += int(status.rpartition(" ")[2])
            elif name == "alert":
                versions = part.versions[start : start + BATCH]
                gone[name] += await connection.fetchval(
                    "select archive_alerts($1, $2, $3, $4)", key, some, versions, before
                )
            else:
                gone[name] += await connection.fetchval("select archive_events($1, $2, $3)", key, some, before)
    return gone
