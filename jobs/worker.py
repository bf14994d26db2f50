"""The worker process: Dramatiq's threads on the job table, one event loop with one engine for them, the timers."""

import asyncio
import logging
import signal
import threading
from functools import partial
from typing import Any, Self

import dramatiq
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread

from core.budgets import Budgets
from core.clock import Clock
from core.db import Database, asyncpg_url
from core.hearing import Hearing
from core.notify import Notifier
from core.secrets import Secrets
from core.settings import Settings
from core.shared_budgets import TOPIC, SharedBudgets
from integrations.speaking import paced_by
from jobs import actors, runtime
from jobs.broker import LEASE, PostgresBroker
from jobs.chores import chores_of
from jobs.exporter import Exporter
from jobs.registry import declare_actors
from jobs.timers import Chore, keep_time

POLL_MILLISECONDS = 1000
LOOP_START_SECONDS = 30.0
STOP_SECONDS = 10.0
"""For jobs that run when the worker is to stop. What takes longer runs again elsewhere once its lease is over."""

LOOP_LOGGER = "jobs.loop"

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
    ) -> None:
        self._settings = settings
        self._url = url
        self._direct_url = settings.database_direct_url or url
        self._clock = clock
        self._lease = lease
        self._chores = chores_of(settings) if chores is None else chores
        self._tasks: list[asyncio.Task[Any]] = []
        self._loop = EventLoopThread(logging.getLogger(LOOP_LOGGER))
        self._loop.daemon = True  # a job that can't be stopped must not keep the process alive

    def start(self) -> None:
        """Open the database, start the timers, and begin to take jobs."""
        self._loop.start(timeout=LOOP_START_SECONDS)
        set_event_loop_thread(self._loop)
        self._database = self._loop.run_coroutine(self._open())
        runtime.install(runtime.JobRuntime(self._settings, self._database))
        self._broker = PostgresBroker(self._direct_url, lease=self._lease)
        declare_actors(self._broker)
        self._worker = dramatiq.Worker(
            self._broker, worker_timeout=POLL_MILLISECONDS, worker_threads=self._settings.worker_threads
        )
        self._worker.start()
        log.info("worker: %s jobs at a time; knows %s", self._settings.worker_threads, ", ".join(actors.names()))

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Take no more jobs, let the running ones end within `timeout` seconds, give back the rest, hang up."""
        self._worker.stop(timeout=int(timeout * 1000))
        self._broker.close()
        self._loop.run_coroutine(self._close())
        runtime.install(None)
        set_event_loop_thread(None)
        self._loop.stop()  # type: ignore[no-untyped-call]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def _open(self) -> Database:
        address = asyncpg_url(self._direct_url).set(drivername="postgresql").render_as_string(hide_password=False)
        notifier = Notifier(address)
        database = Database(
            self._url,
            clock=self._clock,
            pool_size=self._settings.pool_size,
            on_commit=notifier.ask,
            secrets=Secrets.of(self._settings),
            pooled=self._settings.pooled,
        )
        hearing = Hearing(notifier)
        budgets = SharedBudgets(partial(hearing.say, TOPIC))
        hearing.hear(TOPIC, budgets.heard)
        paced_by(budgets)
        self._tasks = [
            asyncio.create_task(notifier.run()),
            asyncio.create_task(hearing.listen(address)),
            asyncio.create_task(keep_time(database, self._direct_url, self._chores)),
            asyncio.create_task(Exporter(database, self._direct_url, self._settings).run()),
        ]
        return database

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        paced_by(Budgets())  # nobody is told any more
        await self._database.close()


def run_worker(settings: Settings, url: str, *, lease: float = LEASE) -> None:
    """Run jobs and timers until SIGTERM or SIGINT. Call it from the main thread."""
    for talkative in ("dramatiq", LOOP_LOGGER):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    with JobWorker(settings, url, lease=lease):
        asked.wait()
        log.info("worker: stopping")
