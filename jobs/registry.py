"""Which function does which job.

A job is an async function, registered under its name:

    @job(JobName.POSTMORTEM_ASSEMBLE)
    async def assemble(*, incident_id: int, event_id: int | None = None) -> None:
        await assemble_postmortem(current().database, incident_id)

It is called with the row's `args` as keywords; a job that an event causes also gets `event_id`. It runs at least once,
perhaps twice at a time, so it must be idempotent. An exception means "again later", up to `attempts` times with a
growing pause (core.backoff), then the job is dead and waits for `muster jobs retry`. `Later` puts it off without
counting as a failure.
"""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import dramatiq
from dramatiq.errors import Retry
from prometheus_client import Histogram

from core import tracing
from core.correlation import current
from core.outage import outage_of, tell
from core.tracing import Kind, Span
from models.job import JobName, queue_of

JOB_SECONDS = Histogram("muster_job_duration_seconds", "How long jobs run.", ["job"])

JobFunction = Callable[..., Awaitable[None]]

ATTEMPTS = 20
"""With the pauses of core.backoff, the last one comes about a day after the first."""

OUTAGE_SECONDS = 2.0
"""Before a job is tried again that found the database away, or the disk full, twice as long at most."""

SECONDS = 60.0
"""What a job may take, unless it says otherwise."""


class Later(Retry):
    """Raised by a job that can't be done yet: again in `seconds`, not counted as a failure and not logged as one."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason, delay=int(seconds * 1000))
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Registered:
    """A job's function and its bounds."""

    name: JobName
    function: JobFunction
    attempts: int
    seconds: float
    priority: int


REGISTRY: dict[JobName, Registered] = {}


def job(
    name: JobName, *, attempts: int = ATTEMPTS, seconds: float = SECONDS, priority: int = 0
) -> Callable[[JobFunction], JobFunction]:
    """Register the function that does the jobs of a name. Lower `priority` goes first among those that are due."""

    def register(function: JobFunction) -> JobFunction:
        if name in REGISTRY:
            raise ValueError(f"{name} already has a job function")
        REGISTRY[name] = Registered(name, function, attempts, seconds, priority)
        return function

    return register


def _bounded(registered: Registered) -> JobFunction:
    """The function under its time limit; TimeoutError counts as a failure like any other, an outage as none."""

    @functools.wraps(registered.function)
    async def run(**args: object) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(registered.seconds):
                with _traced(registered.name):
                    await registered.function(**args)
        except Exception as error:
            if outage_of(error) is None:
                raise
            tell(error)
            seconds = OUTAGE_SECONDS * random.uniform(1, 2)  # noqa: S311 (so that all don't come back as one)
            raise Later(seconds, "the database is away or full") from error
        finally:
            JOB_SECONDS.labels(registered.name).observe(time.monotonic() - began)

    return run


def _traced(name: JobName) -> AbstractContextManager[Span]:
    """A span for a run; it goes on from the one in which the job was enqueued."""
    origin = current()
    parent = origin.traceparent if origin is not None else ""
    return tracing.span(f"run {name.value}", Kind.CONSUMER, {"muster.job": name.value}, parent=parent)


def declare_actors(broker: dramatiq.Broker) -> None:
    """Make every registered job an actor of a broker, under the job's name. Exactly one each."""
    for registered in REGISTRY.values():
        dramatiq.Actor[..., None](
            _bounded(registered),
            broker=broker,
            actor_name=registered.name.value,
            queue_name=queue_of(registered.name),
            priority=registered.priority,
            options={"attempts": registered.attempts},
        )
