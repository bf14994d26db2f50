"""`muster doctor`: what is right and what is not, in words, from the outside."""

import asyncio
import shutil
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.db import Database
from core.settings import Settings
from jobs.inspection import queue_lag
from server.feed_lock import long_holders
from server.startup import StartError, open_database, read_settings

LOW_DISK_BYTES = 1_000_000_000


def newest_revision() -> str | None:
    """The newest migration that this version knows."""
    return ScriptDirectory(str(Path(__file__).parents[2] / "migrations")).get_current_head()


async def _scalar(database: Database, statement: str) -> object:
    async with database.reading() as reader:
        return await reader.scalar(text(statement))


async def examine(database: Database, settings: Settings) -> list[tuple[bool, str]]:
    """Each finding: whether it is as it should be, and one line."""
    found = [(True, f"PostgreSQL {await _scalar(database, 'show server_version')} answers")]
    there = await _scalar(database, "select to_regclass('alembic_version') is not null")
    revision = await _scalar(database, "select version_num from alembic_version") if there else None
    current = revision == newest_revision()
    found.append((current, f"schema at {revision}" + ("" if current else ": run `muster migrate`")))
    if not current:
        return found
    lag = await queue_lag(database)
    found.append((lag < 60, f"oldest due job has waited {lag:.1f} s" + ("" if lag < 60 else ": is a worker running?")))  # noqa: PLR2004
    dead = await _scalar(database, "select count(*) from job where dead")
    found.append((not dead, f"dead jobs: {dead}" + ("; see `muster jobs list`" if dead else "")))
    held = await long_holders(database)
    found += [(False, line) for line in held] or [(True, "nobody holds the feed lock for long")]
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    found.append((free > LOW_DISK_BYTES, f"{free / 1e9:.1f} GB of disk free"))
    mail = "mail goes out by SMTP" if settings.smtp_url else f"no SMTP_URL: mail is written to {settings.data_dir}/mail"
    found.append((True, mail))
    return found


@click.command()
def doctor() -> None:
    """Examine settings, database, schema, jobs, feed and disk; exit 1 if something is wrong."""
    settings = read_settings()

    async def run() -> list[tuple[bool, str]]:
        async with open_database(settings) as database:
            return await examine(database, settings)

    findings = asyncio.run(run())
    for fine, line in findings:
        click.echo(f"{'ok  ' if fine else 'BAD '} {line}")
    if not all(fine for fine, _ in findings):
        raise StartError("not everything is as it should be; see above")
