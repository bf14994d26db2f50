"""What becomes of a job's row after a run: it is deleted only if the run returned, never if it raised.

This takes the place of Dramatiq's Retries, which stores a retry as a second message: when that fails, Dramatiq logs it
and acknowledges the first, and the job is lost (50 of 100 in a trial; ADR 0003).
"""

import logging
from dataclasses import dataclass
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from core.backoff import backoff
from core.correlation import Origin, enter
from jobs.registry import ATTEMPTS, Later

ERROR_CHARACTERS = 2000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """It returned: the row goes."""


@dataclass(frozen=True, slots=True)
class Again:
    """It runs again in some seconds. `error` is None when that is no failure."""

    seconds: float
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Dead:
    """It failed too often: the row stays for a person to look at (`muster jobs`)."""

    failures: int
    error: str


@dataclass(frozen=True, slots=True)
class Released:
    """It was fetched and not begun: another worker may have it at once."""


Outcome = Done | Again | Dead | Released


class JobMessage(MessageProxy):
    """A fetched row on its way through Dramatiq."""

    def __init__(self, message: Message[Any], job_id: int, token: int) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.token = token
        self.outcome: Outcome | None = None


def in_words(error: BaseException) -> str:
    """An exception as one line that PostgreSQL stores: no NUL, no half surrogates, at most 2,000 characters."""
    line = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return line.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:ERROR_CHARACTERS]


def decide(error: BaseException | None, failures: int, attempts: int) -> Outcome:
    """What follows from a run that ended with `error` (None: it returned) after `failures` failed ones."""
    if error is None:
        return Done()
    if isinstance(error, Later):
        return Again(error.seconds, failures, None)
    if failures + 1 >= attempts:
        return Dead(failures + 1, in_words(error))
    return Again(backoff(failures + 1), failures + 1, in_words(error))


class Outcomes(dramatiq.Middleware):
    """Decides after each run, before the message is acknowledged."""

    @property
    def actor_options(self) -> set[str]:
        """How often a job of an actor is tried."""
        return {"attempts"}

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Let the run belong to the request that caused the job: its task takes over what this thread has."""
        key = f"job-{message.job_id}" if isinstance(message, JobMessage) else message.message_id
        enter(Origin.of_text(message.options.get("trace"), f"{key} {message.actor_name}"))

    def after_skip_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Whatever this thread does next belongs to something else."""
        enter(None)

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,  # noqa: ARG002 (Dramatiq's signature)
        exception: BaseException | None = None,
    ) -> None:
        """Note the outcome on the message; the consumer writes it into the row."""
        if isinstance(message, JobMessage):
            attempts = broker.get_actor(message.actor_name).options.get("attempts", ATTEMPTS)
            message.outcome = decide(exception, failures_of(message), attempts)
            if isinstance(message.outcome, Dead):
                log.error("job %s %s is dead: %s", message.job_id, message, message.outcome.error)
        enter(None)


def failures_of(message: MessageProxy) -> int:
    """How often the job has failed so far."""
    return int(message.options.get("failures", 0))
