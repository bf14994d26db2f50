"""`muster up`, `api`, `worker`, `relay` and `migrate`: what runs on a server."""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, ParamSpec

import click

from core.broker_settings import without_password
from core.garbage import not_while_loading
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
from server.telemetry import start_telemetry
from server.tether import database_from_parent, tethered

if TYPE_CHECKING:
    from jobs.queues import Queues
    from jobs.worker import Beside

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


def _load(module: str) -> None:
    """Load what a process runs; one that `muster up` started does so while its database starts."""
    not_while_loading()
    import_module(module)


def _several(settings: Settings, url: str, kind: str, count: int, **options: str) -> NoReturn:
    from server.supervisor import several  # noqa: PLC0415

    sys.exit(several(settings, url, kind, count, options))


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
    settings, below = _counted(processes=processes), tethered()
    if below:
        _load("server.api")
    url = _database(settings, or_kept=True)
    if settings.processes > 1 and not below:
        _several(settings, url, "api", settings.processes)
    _load("server.api")
    from server.api import serve  # noqa: PLC0415

    start_telemetry(settings, "api")
    serve(settings, url)


def _queues(_: click.Context, __: click.Parameter, value: str | None) -> "Queues":
    from jobs.queues import ALL, parse_queues  # noqa: PLC0415

    try:
        return ALL if value is None else parse_queues(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--queues",
    envvar="MUSTER_QUEUES",
    callback=_queues,
    help="Take jobs from these queues only, by comma: default (paging and what must be fast), mail, bulk. "
    "mail=2: at most two of them at once.",
)
@click.option(
    "--relay/--no-relay",
    "relaying",
    default=True,
    envvar="MUSTER_RELAY",
    help="With BROKER_URL: publish due jobs, too.",
)
@_how_many("workers")
@_process("worker")
def worker(*, workers: int | None, queues: "Queues", relaying: bool) -> None:
    """Run jobs and timers."""
    settings, below = _counted(workers=workers), tethered()
    if below:
        _load("jobs.worker")
    url = _database(settings)
    if settings.workers > 1 and not below:
        relay = "1" if relaying else "0"
        _several(settings, url, "worker", settings.workers, MUSTER_QUEUES=str(queues), MUSTER_RELAY=relay)
    _load("jobs.worker")
    from jobs.worker import run_worker  # noqa: PLC0415

    start_telemetry(settings, "worker")
    _check_broker(settings)
    run_worker(settings, url, queues=queues, relaying=relaying, beside=_archiver(settings))


def _archiver(settings: Settings) -> "tuple[Beside, ...]":
    """What archives by itself, if that is wanted. StartError for a place that can't be one."""
    if settings.archive_to is None:
        return ()
    from server.keeping.archive_place import place_at  # noqa: PLC0415 (only where it is used)
    from server.keeping.archive_timer import Archiver  # noqa: PLC0415

    place_at(settings, settings.archive_to)
    return (Archiver(settings).run,)


@click.command()
@_process("relay")
def relay() -> None:
    """Publish due jobs to the broker of BROKER_URL; workers do so, too, unless they are told --no-relay."""
    from jobs.relaying import run_relay  # noqa: PLC0415

    settings = read_settings()
    if settings.broker is None:
        raise StartError("there is no BROKER_URL: workers take jobs from PostgreSQL, and nothing is to be relayed")
    _check_broker(settings)
    start_telemetry(settings, "relay")
    run_relay(settings, _database(settings))


def _check_broker(settings: Settings) -> None:
    """Refuse a broker that can't be used as BROKER_URL says; one that is away is waited for."""
    if settings.broker is None:
        return
    from jobs.carriers.carrier import CarrierError  # noqa: PLC0415
    from jobs.relaying import check_broker  # noqa: PLC0415

    where = without_password(settings.broker)
    try:
        away = check_broker(settings.broker)
    except CarrierError as error:
        raise StartError(f"the broker {where} can't be used: {error}; see BROKER_URL") from error
    if away is not None:
        logging.getLogger("muster").warning(
            "the broker %s is away: %s; jobs are taken from PostgreSQL until it is there", where, away
        )


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
