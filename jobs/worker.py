"""The worker process: Dramatiq's threads on the job table, one event loop with one engine for them, the timers."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, Self

import dramatiq
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread

from core.clock import Clock
from core.db import Database, plain_url
from core.garbage import rarely_collect
from core.notify import Notifier
from core.secrets import Secrets
from core.settings import Settings
from jobs import actors, runtime
from jobs.broker import LEASE, PostgresBroker, connector
from jobs.carriers.carrier import Carrier, carrier_of
from jobs.chores import chores_of
from jobs.ending import End
from jobs.exporter import Exporter
from jobs.gauges import Gauges
from jobs.metrics_door import MetricsDoor
from jobs.queues import ALL, Queues
from jobs.registry import declare_actors
from jobs.relay import Relay
from jobs.timers import Chore, keep_time

POLL_MILLISECONDS = 1000
LOOP_START_SECONDS = 30.0
STOP_SECONDS = 10.0
"""For jobs that run when the worker is to stop. What takes longer runs again elsewhere once its lease is over."""

LOOP_LOGGER = "jobs.loop"

Beside = Callable[[Database], Coroutine[Any, Any, NoReturn]]
"""A task for as long as the worker runs."""

log = logging.getLogger("muster")


class JobWorker:
    """Runs jobs in this process; at most one at a time, because Dramatiq's event loop is the process's.

    Dramatiq's own AsyncIO middleware is not used: it swallows a failed start and ends the loop before the engine on it
    can be closed.
    """

    def __init__(
        self,
        settings: Settings,
        url: str,
        *,
        clock: Clock | None = None,
        lease: float = LEASE,
        chores: tuple[Chore, ...] | None = None,
        queues: Queues = ALL,
        relaying: bool = True,
        beside: tuple[Beside, ...] = (),
    ) -> None:
        self._beside = beside
        self._settings = settings
        self._url = url
        self._direct_url = settings.direct(url)
        self._clock = clock
        self._lease = lease
        self._chores = chores_of(settings) if chores is None else chores
        self._queues = queues
        self._carrier = carrier_of(settings.broker) if settings.broker else None
        self._relay = self._relay_of(self._carrier) if self._carrier and relaying else None
        self._tasks: list[asyncio.Task[Any]] = []
        self._loop = EventLoopThread(logging.getLogger(LOOP_LOGGER))
        self._loop.daemon = True  # a job that can't be stopped must not keep the process alive

    def start(self) -> None:
        """Open the database, start the timers, and begin to take jobs."""
        self._loop.start(timeout=LOOP_START_SECONDS)
        set_event_loop_thread(self._loop)
        self._database = self._loop.run_coroutine(self._open())
        runtime.install(runtime.JobRuntime(self._settings, self._database))
        self._broker = PostgresBroker(
            self._direct_url, lease=self._lease, carrier=self._carrier, limits=self._queues.limits
        )
        declare_actors(self._broker)
        self._worker = dramatiq.Worker(
            self._broker,
            queues=set(self._queues.names),
            worker_timeout=POLL_MILLISECONDS,
            worker_threads=self._settings.worker_threads,
        )
        if self._relay is not None:
            self._relay.start()
        self._worker.start()
        self._door = self._open_door()
        log.info(
            "worker: %s jobs at a time of %s, from %s; knows %s",
            self._settings.worker_threads,
            self._queues,
            self._carrier.where if self._carrier else "PostgreSQL",
            ", ".join(actors.names()),
        )

    def _relay_of(self, carrier: Carrier) -> Relay:
        """One that publishes what all queues hold, whichever this worker takes from: others have no relay perhaps."""
        return Relay(connector(self._direct_url), carrier)

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Take no more jobs, let the running ones end within `timeout` seconds, give back the rest, hang up."""
        if self._door is not None:
            self._door.close()
        self._worker.stop(timeout=int(timeout * 1000))
        self._broker.close()
        if self._relay is not None:
            self._relay.stop()  # after what was given back is written: another worker hears of it at once
        self._loop.run_coroutine(self._close())
        runtime.install(None)
        set_event_loop_thread(None)
        self._loop.stop()  # type: ignore[no-untyped-call]

    def _open_door(self) -> MetricsDoor | None:
        """Where Prometheus asks, if that is wanted. A port that is taken is told, and work goes on without it."""
        if self._settings.metrics_port is None:
            return None
        gauges = Gauges(self._database)
        try:
            door = MetricsDoor(
                self._settings, self._settings.metrics_port, lambda: self._loop.run_coroutine(gauges.measure())
            )
        except OSError as error:
            log.error(  # noqa: TRY400 (one line for a person)
                "worker: can't tell metrics on port %s (%s): set MUSTER_METRICS_PORT",
                self._settings.metrics_port,
                error.strerror,
            )
            return None
        door.open()
        log.info("worker: metrics on %s:%s", self._settings.host, door.port)
        return door

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def _open(self) -> Database:
        address = plain_url(self._direct_url)
        notifier = Notifier(address)
        database = Database(
            self._url,
            clock=self._clock,
            pool_size=self._settings.pool_size,
            on_commit=notifier.ask,
            secrets=Secrets.of(self._settings),
            pooled=self._settings.pooled,
        )
        self._tasks = [
            asyncio.create_task(notifier.run()),
            asyncio.create_task(keep_time(database, self._direct_url, self._chores)),
            asyncio.create_task(Exporter(database, self._direct_url, self._settings).run()),
            *(asyncio.create_task(each(database)) for each in self._beside),
        ]
        return database

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._database.close()


def run_worker(
    settings: Settings,
    url: str,
    *,
    lease: float = LEASE,
    queues: Queues = ALL,
    relaying: bool = True,
    beside: tuple[Beside, ...] = (),
) -> None:
    """Run jobs and timers, and what is given to run beside them, until SIGTERM or SIGINT.

    Call it from the main thread.
    """
    for talkative in ("dramatiq", LOOP_LOGGER):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    end = End()
    rarely_collect()
    with JobWorker(settings, url, lease=lease, queues=queues, relaying=relaying, beside=beside):
        end.wait()
        log.info("worker: stopping")
