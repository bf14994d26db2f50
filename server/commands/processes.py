"""`muster up`, `api`, `worker` and `migrate`: what runs on a server."""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from core.logging import configure_logging
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
from server.telemetry import start_telemetry
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


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Add an example organisation with one incident under way.")
@_process("muster")
def up(*, with_demo: bool) -> None:
    """Start everything in the foreground: PostgreSQL if none is given, migrations, API, worker, status page."""
    from server.supervisor import up as start  # noqa: PLC0415 (each process loads its own)

    sys.exit(start(read_settings(), with_demo=with_demo))


@click.command()
@_process("api")
def api() -> None:
    """Serve the API, the hooks and the status page."""
    from server.api import serve  # noqa: PLC0415

    settings = read_settings()
    start_telemetry(settings, "api")
    serve(settings, _database(settings, or_kept=True))


@click.command()
@_process("worker")
def worker() -> None:
    """Run jobs and timers."""
    from jobs.worker import run_worker  # noqa: PLC0415

    settings = read_settings()
    start_telemetry(settings, "worker")
    run_worker(settings, _database(settings))


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
