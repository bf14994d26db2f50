"""What a check of the practice consists of. It is data: what judges by it is in actions.practice."""

from dataclasses import dataclass, field
from datetime import datetime

from models.practice.words import LimitUnit

MOST = 100_000
"""The largest limit: a check that should never fail is switched off instead."""


@dataclass(frozen=True, slots=True)
class Check:
    """One version of a check: the words for people, and the numbers that it is judged by.

    Versions are never changed, and never taken away: whoever asks with a version is answered as before.
    """

    key: str
    version: int
    name: str
    source: str
    """What the standard guide asks for."""
    rule: str
    """When an incident passes, fails, is unknown, and when the check does not apply."""
    closes: str
    """What in Muster closes the gap, in a sentence."""
    guide: str
    """Where that is described."""
    limit_is: str | None = None
    """What the limit is; None: there is none."""
    unit: LimitUnit | None = None
    limit: int | None = None
    """The limit by default; None with a unit: as the incident's severity obliges."""
    target: float = 0.9
    """Which share of the incidents must pass for a time to pass."""
    at_least: bool = False
    """Whether the limit is a number of incidents that there must be in a time, instead of a share."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What an organisation made of a check. Version 0: nothing yet."""

    version: int = 0
    enabled: bool = True
    limit: int | None = None
    target: float | None = None
    reason: str | None = None
    tuned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """A check as it is judged by: its version, and what was made of it."""

    check: Check
    tuning: Tuning = field(default_factory=Tuning)

    @property
    def limit(self) -> int | None:
        """The number that counts; None: there is none, or it is the severity's."""
        return self.check.limit if self.tuning.limit is None else self.tuning.limit

    @property
    def target(self) -> float:
        """The share that must pass."""
        return self.check.target if self.tuning.target is None else self.tuning.target
