"""`/healthz`: the process lives. `/readyz`: it can serve. `/metrics`: what Prometheus reads."""

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.runtime import Runtime
from models.job import OLDEST_DUE, SOON, WORKER_LOCK

MAX_QUEUE_LAG_SECONDS = 60.0

FEED_LAG = Gauge(
    "feed_lag_seconds",
    "Whatever was committed longer ago than this has been delivered to every reader of the feed in this process.",
)

EXPORT_AGE = Gauge(
    "statuspage_export_age_seconds", "Since the static status page was last published; -1 if it never was."
)
EXPORT_FAILING = Gauge("statuspage_export_failing", "1 while the static status page can't be published, else 0.")

EXPORT = text("select exported_at, failing_since from status_export where target = :target")

READY = text(
    "select (select count(*) from pg_locks where locktype = 'advisory' and objid = :worker and granted"  # noqa: S608
    "   and database = (select oid from pg_database where datname = current_database())) as workers,"
    f" coalesce(extract(epoch from now() - {OLDEST_DUE}), 0) as lag,"
    " current_setting('default_transaction_read_only') = 'on' or pg_is_in_recovery() as read_only"
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


async def healthz(_: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when this process can serve, else 503 with the reasons.

    What is wrong with jobs is a note: no other API process could serve better. It is a reason with `?jobs=1`, and
    where MUSTER_READY_JOBS says so, as for the processes of `muster up`.
    """
    runtime: Runtime = request.app.state.runtime
    reasons, notes = await looked_into(runtime)
    if runtime.settings.ready_jobs or request.query_params.get("jobs") == "1":
        reasons, notes = reasons + notes, []
    noted = {"notes": notes} if notes else {}
    if reasons:
        return JSONResponse({"status": "not ready", "reasons": reasons, **noted}, status_code=503)
    return JSONResponse({"status": "ready", **noted})


async def metrics(request: Request) -> Response:
    """Counters of this process in Prometheus' text format."""
    runtime: Runtime = request.app.state.runtime
    FEED_LAG.set(runtime.live.lag)
    await _measure_export(runtime)
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


def routes() -> list[BaseRoute]:
    """The three routes."""
    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
