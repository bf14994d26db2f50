"""`muster restore`: a backup put back, after it was read in full, and a new era begun (ADR 0007, ADR 0046)."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from core.binaries import EmbeddedError, binaries, major
from core.db import plain_url
from core.embedded import EmbeddedPostgres
from core.secrets import KEY_FILE, given_keys
from core.settings import Settings
from core.wal_archive import fetching
from migrations.apply import knows
from server.keeping.manifest import How, Manifest
from server.keeping.programs import run
from server.keeping.taking import DUMP, examine
from server.startup import StartError, check_database

RECOVERY_SECONDS = 6 * 3600.0
"""How long the log of an archive may take to be read."""

LOOK_SECONDS = 0.1

FOUND = (
    "select (select coalesce(max(id), 0) from event) as newest, (select count(*) from feed_era) as eras,"
    " (select first_id from feed_era order by first_id desc limit 1) as first"
)


@dataclass(frozen=True, slots=True)
class PutBack:
    """What is there now."""

    newest_event: int
    era: int
    first_id: int
    """The ids of the new era begin here."""
    key: str
    """What became of the key that seals secrets, in a sentence."""


def refuse_unknown(manifest: Manifest) -> None:
    """StartError when a newer Muster made the backup, or files are of another PostgreSQL than ours."""
    if not knows(manifest.schema):
        raise StartError(
            f"the backup is of a newer Muster ({manifest.muster}, schema {manifest.schema}): restore it with that one"
        )
    if manifest.how is How.FILES and manifest.major != major(binaries()):
        raise StartError(
            f"the backup has the files of PostgreSQL {manifest.postgresql}, this Muster brings {major(binaries())}:"
            f" restore it with the Muster that made it ({manifest.muster}), and move on with `muster dump`"
        )


async def put_back(
    settings: Settings, source: Path, into: Path, *, log: Path | None, moment: datetime | None
) -> PutBack:
    """Put a backup back into a data folder or, a dump, into the empty database of DATABASE_URL. StartError.

    `log`: an archive of PostgreSQL's log, read up to `moment`, else to its end.
    """
    manifest = Manifest.read(source)
    refuse_unknown(manifest)
    examine(source, manifest)
    if manifest.how is How.DUMP:
        if log is not None:
            raise StartError("a dump is one moment: the log of PostgreSQL can't be added to it")
        found = await _load(settings, source)
    else:
        if settings.database_url is not None:
            raise StartError("the backup has files of the embedded PostgreSQL: unset DATABASE_URL to restore it")
        found = await _place(source, into, manifest, log=log, moment=moment)
    return PutBack(found["newest"], found["eras"], found["first"], _key(settings, source, into, manifest))


async def _place(source: Path, into: Path, manifest: Manifest, *, log: Path | None, moment: datetime | None) -> Any:
    """Fill a data folder, recover, begin an era; the server is stopped again."""
    name = f"pg{manifest.major}"
    link = into / "postgresql"
    if ((link.resolve() if link.is_symlink() else into) / name).exists():
        raise StartError(
            f"{into} has a database already: stop Muster, and move {name} in it away (or restore elsewhere, --into)"
        )
    if moment is not None and moment < manifest.ended_at:
        raise StartError(
            f"--at is before the backup was complete ({manifest.ended_at:%Y-%m-%d %H:%M:%S %Z}): take an older one"
        )

    filled: list[Path] = []

    def fill(folder: Path) -> None:
        filled.append(folder.with_name(name))
        shutil.copytree(source / "data", folder, symlinks=True, dirs_exist_ok=True)
        (folder / "recovery.signal").touch()

    try:
        return await _recover(into, manifest, fetching(log, moment), fill)
    except BaseException:
        for folder in filled:  # only ours, and only if it is not what was asked for
            shutil.rmtree(folder, ignore_errors=True)
        raise


async def _recover(into: Path, manifest: Manifest, options: tuple[str, ...], fill: Callable[[Path], None]) -> Any:
    """Start the server on what `fill` puts there, wait until it has read the log, begin an era, and stop it."""
    try:
        server = EmbeddedPostgres(into, options, fill=fill, seconds=RECOVERY_SECONDS)
    except EmbeddedError as error:
        raise StartError(f"can't put the backup back: {error}") from error
    try:
        if not server.owned:
            raise StartError(f"{into} is in use: stop the Muster that runs on it")
        await _recovered(server)
        found = await _new_era(server.url)
    finally:
        server.stop()
    if found["newest"] < manifest.newest_event:
        raise StartError(f"event {manifest.newest_event} is missing: the backup was not restored in full")
    return found


async def _recovered(server: EmbeddedPostgres) -> None:
    """Wait until the log was read and the database takes changes."""
    while True:
        if server.poll() is not None:
            raise StartError("PostgreSQL ended while it read its log; its reasons stand above")
        try:
            connection: Any = await asyncpg.connect(server.url)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(LOOK_SECONDS)
            continue
        try:
            if not await connection.fetchval("select pg_is_in_recovery()"):
                return
        finally:
            await connection.close()
        await asyncio.sleep(LOOK_SECONDS)


async def _load(settings: Settings, source: Path) -> Any:
    """Restore a dump into an empty database, and begin an era."""
    url = settings.database_direct_url or settings.database_url
    if url is None:
        raise StartError("the backup is a dump: set DATABASE_URL to an empty database to restore it into")
    await check_database(url)
    connection: Any = await asyncpg.connect(plain_url(url))
    try:
        if await connection.fetchval(
            "select exists (select from pg_class where relnamespace = 'public'::regnamespace)"
        ):
            raise StartError("the database of DATABASE_URL is not empty: make a new one to restore into")
    finally:
        await connection.close()
    run("pg_restore", "--no-owner", "--exit-on-error", "--no-password", f"--dbname={plain_url(url)}", source / DUMP)
    return await _new_era(url)


async def _new_era(url: str) -> Any:
    """Begin it before anybody connects as Muster does: a connection of that kind would begin one of its own."""
    connection: Any = await asyncpg.connect(plain_url(url))
    try:
        async with connection.transaction():
            await connection.execute("select feed_enter_era(0, true)")
            return await connection.fetchrow(FOUND)
    finally:
        await connection.close()


def _key(settings: Settings, source: Path, into: Path, manifest: Manifest) -> str:
    """Put the key in its place if it is in the backup; what became of it."""
    place = into / KEY_FILE
    if not manifest.key:
        if given_keys(settings):
            return "The key that seals secrets is the one of MUSTER_SECRET_KEY: it must be what it was."
        there = (
            f"is the one in {place}: it must be what it was"
            if place.exists()
            else f"is not in it: put yours in {place}"
        )
        return f"The key that seals secrets {there}."
    if place.exists() and place.read_bytes() != (source / KEY_FILE).read_bytes():
        return (
            f"{place} is another key than that of the backup and was left alone: {source / KEY_FILE} opens its secrets."
        )
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / KEY_FILE, place)
    place.chmod(0o600)
    return f"The key that seals secrets is in {place}."
