"""`muster jobs`: what waits, what was given up, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from core.db import Database
from jobs import inspection
from server.startup import open_database, read_settings

T = TypeVar("T")


def on_database(act: Callable[[Database], Awaitable[T]]) -> T:
    """Carry something out on the configured database."""

    async def run() -> T:
        async with open_database(read_settings()) as database:
            return await act(database)

    return asyncio.run(run())


@click.group()
def jobs() -> None:
    """Jobs that were given up after all their attempts."""


@jobs.command("list")
def list_jobs() -> None:
    """List dead jobs, oldest first: id, name, what it was about, why it failed."""
    dead = on_database(inspection.list_dead)
    for job in dead:
        click.echo(f"{job.id}\t{job.name}\t{job.args}\t{job.error or ''}")
    click.echo(f"Dead: {_counted(len(dead))}.")


def _counted(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


def _which(ids: tuple[int, ...], *, everything: bool) -> list[int] | None:
    if bool(ids) == everything:
        raise click.UsageError("Name the ids of dead jobs, or say --all.")
    return None if everything else list(ids)


@jobs.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Every dead job.")
def retry(ids: tuple[int, ...], *, everything: bool) -> None:
    """Give dead jobs another life, with all their attempts."""
    which = _which(ids, everything=everything)
    count = on_database(lambda database: inspection.retry(database, which))
    click.echo(f"{_counted(count)} will run again.")


@jobs.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Every dead job.")
def discard(ids: tuple[int, ...], *, everything: bool) -> None:
    """Delete dead jobs for good."""
    which = _which(ids, everything=everything)
    count = on_database(lambda database: inspection.discard(database, which))
    click.echo(f"Discarded {_counted(count)}.")
