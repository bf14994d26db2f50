"""`muster up`, `api`, `worker` and `migrate`: what runs on a server."""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec

import click

from core.logging import configure_logging
from core.process_settings import MOST
from core.settings import Settings
from server.startup import (
    StartError,
    check_database,
    check_secrets,
    embedded,
    kept_copy,
    open_database,
    read_settings,
)
from server.tether import database_from_parent, tethered

P = ParamSpec("P")


def _process(name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A long-running process, and its name in the log."""

    def wrap(run: Callable[P, None]) -> Callable[P, None]:
        @wraps(run)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
            configure_logging(read_settings().log_format, process=name)
            run(*args, **kwargs)

        return wrapped

    return wrap


def _how_many(what: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """The option of how many processes of a kind are to run."""
    names = {"processes": "API processes on one port", "workers": "worker processes"}
    return click.option(
        f"--{what}",
        type=click.IntRange(1, MOST),
        metavar="N",
        help=f"How many {names[what]} run (MUSTER_{what.upper()}; 1).",
    )


def _counted(**counts: int | None) -> Settings:
    """The settings, and what the command line says of them."""
    return read_settings().model_copy(update={name: count for name, count in counts.items() if count is not None})


def _several(settings: Settings, url: str, kind: str, count: int) -> NoReturn:
    from server.supervisor import several  # noqa: PLC0415

    sys.exit(several(settings, url, kind, count))


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Add an example organisation with one incident under way.")
@_how_many("processes")
@_how_many("workers")
@_process("muster")
def up(*, with_demo: bool, processes: int | None, workers: int | None) -> None:
    """Start everything in the foreground: PostgreSQL if none is given, migrations, API, worker, status page."""
    from server.supervisor import up as start  # noqa: PLC0415 (each process loads its own)

    sys.exit(start(_counted(processes=processes, workers=workers), with_demo=with_demo))


@click.command()
@_how_many("processes")
@_process("api")
def api(*, processes: int | None) -> None:
    """Serve the API, the hooks and the status page."""
    settings, alone = _counted(processes=processes), tethered()
    url = _database(settings, or_kept=True)
    if settings.processes > 1 and not alone:
        _several(settings, url, "api", settings.processes)
    from server.api import serve  # noqa: PLC0415

    serve(settings, url)


@click.command()
@_how_many("workers")
@_process("worker")
def worker(*, workers: int | None) -> None:
    """Run jobs and timers."""
    settings, alone = _counted(workers=workers), tethered()
    url = _database(settings)
    if settings.workers > 1 and not alone:
        _several(settings, url, "worker", settings.workers)
    from jobs.worker import run_worker  # noqa: PLC0415

    run_worker(settings, url)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe beside running processes and other migrations."""
    from migrations.apply import migrate as run  # noqa: PLC0415

    settings = read_settings()

    async def apply() -> None:
        async with open_database(settings) as database:
            await run(database.url.render_as_string(hide_password=False))

    asyncio.run(apply())
    click.echo("The schema is up to date.")


def _database(settings: Settings, *, or_kept: bool = False) -> str:
    """The address of the database: the supervisor's, or, for a process started by hand, a given or embedded one.

    `or_kept`: it may be away if a copy of the status page is here, for that is served meanwhile.
    """
    if tethered():
        return database_from_parent()
    url = settings.database_url or embedded(settings).url
    check_secrets(settings)
    try:
        asyncio.run(check_database(url))
    except StartError as error:
        if not (or_kept and kept_copy(settings)):
            raise
        logging.getLogger("muster").warning("%s; serving the kept status page until it is back", error)
    return url
