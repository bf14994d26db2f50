"""`muster load`: a dump of JSON Lines into an empty database, in one transaction (docs/guides/backup-and-restore.md).

Triggers and foreign keys are off meanwhile, because the log is written by nobody but the journal, and rows point at
each other; the keys are made anew at the end, which looks at every row.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from core.db import plain_url
from migrations.apply import knows, migrate
from server.keeping.dumping import FORMAT, MANIFEST, SPELLING, VERSION
from server.keeping.shelf import Reading
from server.keeping.tables import Table, foreign_keys, quoted, tables
from server.startup import StartError

ROWS = 1000
BYTES = 4_000_000
"""As much goes to PostgreSQL at a time."""

SEEDED = frozenset(
    {
        "factor_kind", "feed_era", "organisation", "role", "severity", "severity_version", "update_template",
        "workflow", "workflow_trigger", "workflow_version",
    }
)  # fmt: skip
"""Tables into which migrations write, and whoever connects first. Who changes something there records an event."""


async def load(url: str, place: Path) -> int:
    """Write a dump into an empty database, and bring that to the newest schema; how many rows.

    StartError when the database holds something, the dump is of a newer Muster, or damaged (it names the file): then
    nothing was written.
    """
    shelf = Reading(place)
    try:
        manifest = read_manifest(shelf, place, FORMAT, "sequences")
        await _prepare(url, manifest["schema"])
        connection: Any = await asyncpg.connect(plain_url(url))
        try:
            for statement in SPELLING:
                await connection.execute(statement)
            async with connection.transaction():
                rows = await _load(connection, shelf, manifest)
            await connection.execute("analyze")
        except asyncpg.PostgresError as error:
            raise StartError(f"the dump can't be loaded: {error}") from error
        finally:
            await connection.close()
    finally:
        shelf.close()
    await migrate(url)
    return rows


def read_manifest(shelf: Reading, place: Path, kind: str, *more: str) -> dict[str, Any]:
    """What a dump of a kind says of itself, after every file was compared with it. `more`: what it must have besides.

    StartError for what is damaged (it names the file), of a newer Muster, or something else.
    """
    with shelf.file(MANIFEST) as file:
        content = file.read()
    try:
        said = orjson.loads(content)
    except ValueError as error:
        raise StartError(f"the dump is damaged: {MANIFEST} can't be read ({error})") from error
    if not isinstance(said, dict) or said.get("format") != kind:
        raise StartError(f"{place} is no {kind}")
    if said.get("format_version") != VERSION:
        raise StartError(
            f"the dump has format {said.get('format_version')}, this Muster reads {VERSION}: use a newer Muster"
        )
    missing = {"schema", "tables", *more} - set(said)
    if missing:
        raise StartError(f"the dump is damaged: {MANIFEST} lacks {', '.join(sorted(missing))}")
    if not knows(said["schema"]):
        raise StartError(f"the dump is of a newer Muster ({said.get('muster')}, schema {said['schema']}): use that one")
    _check(shelf, place, said)
    return said


def _check(shelf: Reading, place: Path, manifest: dict[str, Any]) -> None:
    """Read every file before anything is written."""
    for each in manifest["tables"]:
        rows, digest = 0, hashlib.sha256()
        with shelf.file(each["file"]) as file:
            for line in file:
                digest.update(line)
                rows += 1
        if rows != each["rows"] or digest.hexdigest() != each["sha256"]:
            raise StartError(f"the dump is damaged: {each['file']} in {place} is not as it was written")


async def _prepare(url: str, schema: str) -> None:
    """The schema of the dump. StartError unless the database is empty."""
    connection: Any = await asyncpg.connect(plain_url(url))
    try:
        if await connection.fetchval("select to_regclass('alembic_version') is not null"):
            found = await connection.fetchval("select version_num from alembic_version")
            if found not in (None, schema):
                raise StartError(
                    f"the database has schema {found}, the dump {schema}: load into one that was never migrated"
                )
            await _refuse_occupied(connection)
    finally:
        await connection.close()
    await migrate(url, schema)


async def _refuse_occupied(connection: Any) -> None:
    """StartError for a database with rows that no migration wrote: loading empties every table first."""
    for each in await tables(connection):
        if each.name not in SEEDED and await connection.fetchval(f"select exists (select from {quoted(each.name)})"):  # noqa: S608
            raise StartError(f"the database holds something already, in {each.name}: load into an empty one")


async def _load(connection: Any, shelf: Reading, manifest: dict[str, Any]) -> int:
    there = await tables(connection)
    keys = await foreign_keys(connection)
    known, given = {each.name for each in there}, {each["table"]: each for each in manifest["tables"]}
    if known != set(given):
        raise StartError(f"the dump has other tables than its schema: {', '.join(sorted(known ^ set(given)))}")
    for owner, name, _ in keys:
        await connection.execute(f"alter table {owner} drop constraint {name}")
    for each in there:
        await connection.execute(f"alter table {quoted(each.name)} disable trigger user")
    await _refuse_occupied(connection)  # once more: by now nobody else can write
    await connection.execute(f"truncate {', '.join(quoted(each.name) for each in there)}")
    for each in there:
        await load_lines(connection, shelf, each, given[each.name])
    for owner, name, definition in keys:
        await connection.execute(f"alter table {owner} add constraint {name} {definition}")
    for each in there:
        await connection.execute(f"alter table {quoted(each.name)} enable trigger user")
    for name, value in manifest["sequences"].items():
        if value is not None:
            await connection.execute("select setval(format('%I', $1::text)::regclass, $2)", name, value)
    return sum(each["rows"] for each in given.values())


async def load_lines(connection: Any, shelf: Reading, table: Table, given: dict[str, Any]) -> int:
    """Write the rows of a file into its table; how many were written."""
    rows = 0
    with shelf.file(given["file"]) as file:
        for some in parts(file):
            try:
                done = await connection.execute(table.insert, "[" + ",".join(some) + "]")
            except asyncpg.PostgresError as error:
                raise StartError(f"{given['file']} can't be loaded: {error}") from error
            rows += int(done.rpartition(" ")[2])
    return rows


def parts(lines: Any) -> Iterator[list[str]]:
    """The lines of a file, as many as go at a time."""
    some: list[str] = []
    size = 0
    for line in lines:
        some.append(line.decode())
        size += len(line)
        if len(some) >= ROWS or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some
