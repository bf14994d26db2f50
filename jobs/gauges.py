"""What Prometheus is told of the whole of Muster, by any of its processes: queues, timers, promises, pages, vendors.

Asked for when somebody scrapes, in one statement, and at most every few seconds. While the database is away, the
figures stay as they were and `muster_database_up` is 0.
"""

import asyncio
import time
from typing import Any

from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db import Database
from core.locks import holders
from models.job import QUEUES, TAKEN, TIMER_LOCK, WAITS, WORKER_LOCK
from models.lifecycle import OPEN_STAGES
from models.paging.run import OPEN_SQL
from models.workflow import LIVE_SQL

EVERY = 5.0
"""Seconds for which what was found is good enough: whoever may scrape can't make the database work harder."""
SECONDS = 5.0
"""For asking, whatever becomes of the network: the limit of statements is kept by a server that may not be reached."""
AUDIENCES = ("internal", "public")

DUE = Gauge("muster_jobs_due", "Jobs that wait for a worker now.", ["queue"])
OLDEST = Gauge("muster_job_oldest_due_seconds", "For how long the job has waited that waits longest.", ["queue"])
HELD = Gauge("muster_jobs_running", "Jobs that a worker has.", ["queue"])
LATER = Gauge("muster_jobs_scheduled", "Jobs whose time has not come, or that are to be tried again.", ["queue"])
DEAD = Gauge("muster_jobs_dead", "Jobs that were given up (muster jobs list).")
WORKERS = Gauge("muster_worker_connections", "Connections of workers that take jobs; 0: nobody does.")
LEADERS = Gauge("muster_timer_leaders", "Processes that run the timers: 1, or for a moment 0.")
LATE = Gauge("muster_timers_late_seconds", "For how long what is most overdue for the timers has been due.")
OVERDUE = Gauge("muster_update_promises_overdue", "Promises of a next update that are not kept so far.", ["audience"])
PAGING = Gauge("muster_pages_unanswered", "Pages that were made and that nobody has answered so far.")
PAGING_AGE = Gauge("muster_page_oldest_unanswered_seconds", "For how long the oldest of them has been open.")
FAILING = Gauge("muster_integrations_failing", "Accounts at vendors that do not work: tried one request at a time.")
SIGNED_OUT = Gauge("muster_integrations_signed_out", "Accounts at vendors that do not know our credentials any more.")
WEBHOOKS = Gauge("muster_webhooks_disabled", "Webhooks that were disabled because they failed for long.")
UP = Gauge("muster_database_up", "Whether the database answered when it was last asked for these figures.")
POOL = Gauge("muster_database_pool_connections", "Connections of this process.", ["state"])
ASKED = Counter("muster_gauges_measured_total", "How often this process asked the database for these figures.")

_QUEUES = text(f"""
select q.name,
  (select count(*) from job where queue = q.name and not dead and run_at <= now()
    and {WAITS}) as due,
  coalesce((select extract(epoch from now() - min(run_at)) from job where queue = q.name and not dead
    and run_at <= now() and {WAITS}), 0) as oldest,
  (select count(*) from job where queue = q.name and not dead and {TAKEN}) as running,
  (select count(*) from job where queue = q.name and not dead and run_at > now()) as later
from unnest(cast(:queues as text[])) as q(name)
""")  # noqa: S608 (constants)

_REST = text(f"""
select
  (select count(*) from job where dead) as dead,
  {holders(":worker")} as workers, {holders(":timer")} as leaders,
  greatest(0, extract(epoch from cast(:moment as timestamptz) - least(
    (select min(roles_due_at) from incident), (select min(internal_remind_at) from incident),
    (select min(public_remind_at) from incident), (select min(next_escalation_at) from paging_run
      where next_escalation_at is not null),
    (select min(due_at) from workflow_run where {LIVE_SQL})))) as late,
  (select count(*) from incident where internal_update_due_at < :moment and stage = any(:stages)) as internal,
  (select count(*) from incident where public_update_due_at < :moment and stage = any(:stages)) as public,
  open.pages, open.oldest,
  (select count(*) from integration where archived_at is null and failing_since is not null) as failing,
  (select count(*) from integration where archived_at is null and signed_out_at is not null) as signed_out,
  (select count(*) from webhook where archived_at is null and disabled_because is not null) as webhooks
from (select count(*) as pages,
    coalesce(extract(epoch from cast(:moment as timestamptz) - min(created_at)), 0) as oldest
  from page where {OPEN_SQL}) open
""")  # noqa: S608 (constants)


class Gauges:
    """What one process tells of its database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked_at = -EVERY

    async def measure(self) -> None:
        """Bring all of them up to date. Raises nothing for a database that is away: that is told too."""
        self._pool()
        if time.monotonic() - self._asked_at < EVERY:
            return
        self._asked_at = time.monotonic()
        ASKED.inc()
        moment = self._database.clock.now()
        given = {"moment": moment, "worker": WORKER_LOCK, "timer": TIMER_LOCK, "stages": sorted(OPEN_STAGES)}
        try:
            async with asyncio.timeout(SECONDS), self._database.reading() as reader:
                queues = await reader.execute(_QUEUES, {"queues": list(QUEUES)})
                (rest,) = await reader.execute(_REST, given)
        except (SQLAlchemyError, OSError, TimeoutError):
            UP.set(0)
            return
        UP.set(1)
        for row in queues:
            for gauge, value in ((DUE, row.due), (OLDEST, row.oldest), (HELD, row.running), (LATER, row.later)):
                gauge.labels(row.name).set(value)
        _tell(rest)

    def _pool(self) -> None:
        pool: Any = self._database.engine.pool
        POOL.labels("in_use").set(pool.checkedout())
        POOL.labels("idle").set(pool.checkedin())
        POOL.labels("most").set(pool.size() + self._database.overflow)


def _tell(row: Any) -> None:
    DEAD.set(row.dead)
    WORKERS.set(row.workers)
    LEADERS.set(row.leaders)
    LATE.set(row.late or 0)
    for audience in AUDIENCES:
        OVERDUE.labels(audience).set(getattr(row, audience))
    PAGING.set(row.pages)
    PAGING_AGE.set(row.oldest)
    FAILING.set(row.failing)
    SIGNED_OUT.set(row.signed_out)
    WEBHOOKS.set(row.webhooks)
