"""What jobs run with: one of each a process, set by the worker (jobs.worker) before the first job starts."""

from dataclasses import dataclass

from core.db import Database
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class JobRuntime:
    """Settings, and the database of the process's event loop (with the keys of what is sealed at rest)."""

    settings: Settings
    database: Database


_installed: list[JobRuntime] = []


def install(runtime: JobRuntime | None) -> None:
    """Make `runtime` the one that jobs of this process find; None takes it away."""
    _installed[:] = [] if runtime is None else [runtime]


def current() -> JobRuntime:
    """The runtime of this process. RuntimeError outside of a worker."""
    if not _installed:
        raise RuntimeError("jobs run only inside a worker: see jobs.worker")
    return _installed[0]
