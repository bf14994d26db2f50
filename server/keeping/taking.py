"""`muster backup`: a copy of everything while Muster runs, read back before it is called one (ADR 0046)."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, insert, select, text

from core.db import Database, plain_url
from core.secrets import KEY_FILE, given_keys
from core.settings import Settings
from models.backup import Backup
from server.keeping.files import LIST, LOG, verify_files
from server.keeping.manifest import FILE, How, Manifest, check, digest
from server.keeping.programs import run
from server.startup import StartError

PREFIX = "muster-"
DUMP = "muster.dump"
REMEMBERED = 100
"""Backups that the database knows of."""

STATE = text(
    "select (select version_num from alembic_version) as schema, current_setting('server_version') as postgresql,"
    " (select coalesce(max(id), 0) from event) as newest, (select count(*) from feed_era) as eras"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made, checked and put in its place."""

    folder: Path
    manifest: Manifest


async def take(database: Database, settings: Settings, into: Path, *, with_key: bool) -> Taken:
    """Make a backup in a new folder below `into` (absolute), named by its moment.

    StartError when it can't be made, or is not whole; a half-made one never stands under the name of a backup.
    """
    key = _key(settings) if with_key else None
    began = database.clock.now()
    async with database.reading() as reader:
        if await reader.scalar(text("select to_regclass('backup')")) is None:
            raise StartError("the database has an older schema: run `muster migrate`")
        (state,) = await reader.execute(STATE)
    folder = into / f"{PREFIX}{began:%Y%m%dT%H%M%SZ}"
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        partial.mkdir(parents=True, mode=0o700)
        if folder.exists():
            raise StartError(f"{folder} is there already")
        url = plain_url(database.url)
        names = _copy_files(url, partial) if settings.database_url is None else _dump(url, partial)
        if key is not None:
            shutil.copy(key, partial / KEY_FILE)
            (partial / KEY_FILE).chmod(0o600)
            names.append(KEY_FILE)
        manifest = Manifest(
            how=How.FILES if settings.database_url is None else How.DUMP,
            schema=state.schema,
            postgresql=state.postgresql,
            newest_event=state.newest,
            era=state.eras,
            began_at=began,
            ended_at=database.clock.now(),
            key=key is not None,
            bytes=sum(each.stat().st_size for each in partial.rglob("*") if each.is_file()),
            files={name: digest(partial / name) for name in names},
        )
        manifest.write(partial)
        examine(partial, manifest)
        partial.rename(folder)
    except OSError as error:
        raise StartError(f"can't write a backup to {into}: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    await _note(database, folder, manifest)
    return Taken(folder, manifest)


def examine(folder: Path, manifest: Manifest) -> None:
    """Read a backup in full, and compare. StartError names the file that is missing or damaged."""
    check(folder, manifest)
    if manifest.how is How.FILES:
        verify_files(folder / "data")
    else:
        run("pg_restore", "--list", folder / DUMP)


def ours(into: Path) -> list[Path]:
    """The backups in a folder, the oldest first."""
    return sorted(each for each in into.glob(f"{PREFIX}*") if (each / FILE).is_file())


def _key(settings: Settings) -> Path:
    if given_keys(settings):
        raise StartError("--with-key: the key is in MUSTER_SECRET_KEY, not in the data folder: keep that value apart")
    return settings.data_dir / KEY_FILE


def _copy_files(url: str, folder: Path) -> list[str]:
    """The files of the server with the log that was written meanwhile."""
    where = ("--dbname", url, "--pgdata", folder / "data")
    run(
        "pg_basebackup",
        *where,
        "--wal-method=stream",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
        "--no-password",
    )
    log = sorted(str(file.relative_to(folder)) for file in (folder / "data" / LOG).rglob("*") if file.is_file())
    return [f"data/{LIST}", *log]


def _dump(url: str, folder: Path) -> list[str]:
    """One consistent moment of the database; its newest event is `newest_event` or a later one."""
    run("pg_dump", "--format=custom", "--no-owner", "--no-password", f"--file={folder / DUMP}", f"--dbname={url}")
    return [DUMP]


async def _note(database: Database, folder: Path, manifest: Manifest) -> None:
    made: dict[str, object] = {
        "made_at": manifest.began_at,
        "target": str(folder),
        "bytes": manifest.bytes,
        "newest_event": manifest.newest_event,
        "checked_at": database.clock.now(),
        "with_key": manifest.key,
    }
    async with database.unit_of_work() as session:
        await session.execute(insert(Backup).values(**made))
        kept = select(Backup.id).order_by(Backup.id.desc()).limit(REMEMBERED)
        await session.execute(delete(Backup).where(Backup.id.not_in(kept)))
