"""`/healthz`: the process lives. `/readyz`: it can serve. `/metrics`: what Prometheus reads."""

import asyncio
from contextlib import suppress
from weakref import WeakKeyDictionary

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.broker_settings import without_password
from core.db import Database
from core.locks import holders
from core.runtime import Runtime
from jobs.gauges import Gauges
from models.job import OLDEST_DUE, OLDEST_UNPUBLISHED, RELAY_LOCK, SOON, WORKER_LOCK

MAX_QUEUE_LAG_SECONDS = 60.0

METRICS_SECONDS = 7.5
"""For all that `/metrics` asks; hanging up takes 2 s more. Prometheus gives up after 10 (its `scrape_timeout`)."""

FEED_LAG = Gauge(
    "feed_lag_seconds",
    "Whatever was committed longer ago than this has been delivered to every reader of the feed in this process.",
)

RELAY_LAG = Gauge(
    "muster_relay_lag_seconds", "How long the oldest due job has waited to be published to the broker of BROKER_URL."
)
BROKER_REACHABLE = Gauge("muster_broker_reachable", "1 while a relay publishes to the broker of BROKER_URL, else 0.")
SUBSCRIBERS = Gauge("muster_feed_subscribers", "Readers of the live feed in this process: subscriptions and pages.")

EXPORT_AGE = Gauge(
    "statuspage_export_age_seconds", "Since the static status page was last published; -1 if it never was."
)
EXPORT_FAILING = Gauge("statuspage_export_failing", "1 while the static status page can't be published, else 0.")

BACKUP_AGE = Gauge("backup_age_seconds", "Since the newest backup of `muster backup` began; -1 if there is none.")
BACKUP = text("select max(made_at) from backup")

_gauges: WeakKeyDictionary[Database, Gauges] = WeakKeyDictionary()

EXPORT = text("select exported_at, failing_since from status_export where target = :target")

READY = text(
    f"select {holders(':worker')} as workers,"  # noqa: S608 (constants)
    f" coalesce(extract(epoch from now() - {OLDEST_DUE}), 0) as lag,"
    " current_setting('default_transaction_read_only') = 'on' or pg_is_in_recovery() as read_only"
)

RELAYED = text(
    f"select {holders(':relay')} as relays,"  # noqa: S608 (constants)
    f" coalesce(extract(epoch from now() - {OLDEST_UNPUBLISHED}), 0) as lag"
)

STOPPING = "stopping: this process is to end, ask another one"


async def reasons_not_ready(runtime: Runtime) -> list[str]:
    """What keeps Muster from doing its job, in words; empty when all is well."""
    own, of_jobs = await looked_into(runtime)
    return own + of_jobs


async def looked_into(runtime: Runtime) -> tuple[list[str], list[str]]:
    """What keeps this process from answering, and what keeps jobs from being done."""
    if runtime.stopping.is_set():
        return [STOPPING], []
    try:
        async with runtime.database.reading() as reader:
            ((workers, lag, read_only),) = await reader.execute(READY, {"worker": WORKER_LOCK, "queues": list(SOON)})
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return [f"the database does not answer: {type(error).__name__}"], []
    own = ["the database takes no changes: is its disk full?"] if read_only else []
    of_jobs = []
    if not workers:
        of_jobs.append("no worker runs: start `muster worker`")
    if lag > MAX_QUEUE_LAG_SECONDS:
        of_jobs.append(f"the oldest due job has waited for {lag:.0f} s")
    return own, of_jobs


async def relayed(database: Database) -> tuple[int, float]:
    """How many relays publish to the broker, and for how many seconds the oldest due job has waited for one."""
    async with database.reading() as reader:
        ((relays, lag),) = await reader.execute(RELAYED, {"relay": RELAY_LOCK, "queues": list(SOON)})
    return relays, float(lag)


async def notes_of(runtime: Runtime) -> list[str]:
    """What is not as it should be, and keeps nothing from being done: no reason to ask another machine."""
    broker = runtime.settings.broker
    if broker is None:
        return []
    relays, _ = await relayed(runtime.database)
    if relays:
        return []
    where = without_password(broker)
    return [f"no relay reaches the broker {where}: workers take jobs from PostgreSQL meanwhile; their log says why"]


async def healthz(_: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when this process can serve, else 503 with the reasons.

    What is wrong with jobs is a note: no other API process could serve better. It is a reason with `?jobs=1`, and
    where MUSTER_READY_JOBS says so, as for the processes of `muster up`. A broker that is away is a note in any case.
    """
    runtime: Runtime = request.app.state.runtime
    reasons, notes = await looked_into(runtime)
    if runtime.settings.ready_jobs or request.query_params.get("jobs") == "1":
        reasons, notes = reasons + notes, []
    if not reasons:
        notes = notes + await notes_of(runtime)
    noted = {"notes": notes} if notes else {}
    if reasons:
        return JSONResponse({"status": "not ready", "reasons": reasons, **noted}, status_code=503)
    return JSONResponse({"status": "ready", **noted})


async def metrics(request: Request) -> Response:
    """Counters of this process in Prometheus' text format."""
    runtime: Runtime = request.app.state.runtime
    FEED_LAG.set(runtime.live.lag)
    SUBSCRIBERS.set(runtime.live.readers)
    gauges = _gauges.get(runtime.database)
    if gauges is None:
        gauges = _gauges[runtime.database] = Gauges(runtime.database)
    with suppress(TimeoutError):  # what was not asked stays as it was
        async with asyncio.timeout(METRICS_SECONDS):
            await gauges.measure()
            await _measure_export(runtime)
            await _measure_relay(runtime)
            await _measure_backup(runtime)
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _measure_export(runtime: Runtime) -> None:
    """How the export goes. While the database is away the figures stay as they were, and only the age grows no more."""
    if runtime.settings.export is None:
        return
    try:
        async with runtime.database.reading() as reader:
            rows = await reader.execute(EXPORT, {"target": runtime.settings.export})
    except (SQLAlchemyError, OSError, TimeoutError):
        return
    exported_at, failing_since = rows[0] if rows else (None, None)
    EXPORT_AGE.set((runtime.database.clock.now() - exported_at).total_seconds() if exported_at else -1)
    EXPORT_FAILING.set(failing_since is not None)


async def _measure_relay(runtime: Runtime) -> None:
    """How the relay goes; with the database away the broker counts as not reached, for nothing is published."""
    if runtime.settings.broker is None:
        return
    try:
        relays, lag = await relayed(runtime.database)
    except (SQLAlchemyError, OSError, TimeoutError):
        BROKER_REACHABLE.set(0)
        return
    BROKER_REACHABLE.set(relays > 0)
    RELAY_LAG.set(lag)


async def _measure_backup(runtime: Runtime) -> None:
    """How old the newest backup is. While the database is away the figure stays as it was."""
    try:
        async with runtime.database.reading() as reader:
            made_at = await reader.scalar(BACKUP)
    except (SQLAlchemyError, OSError, TimeoutError):
        return
    BACKUP_AGE.set((runtime.database.clock.now() - made_at).total_seconds() if made_at else -1)


def routes() -> list[BaseRoute]:
    """The three routes."""
    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
