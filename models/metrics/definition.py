"""What a definition of a metric consists of. It is data: what executes it is in actions.metrics."""

from dataclasses import dataclass
from enum import StrEnum

from models.words import IncidentTimestamp, MetricUnit, Stage


class Matter(StrEnum):
    """What is looked at one by one; each is read in a way of its own (actions.metrics.observing)."""

    INCIDENT = "incident"
    DURATION = "duration"
    STAGE = "stage"
    ROLE = "role"
    PROMISE = "promise"
    PAGE = "page"
    HOURS = "hours"
    ACTION_ITEM = "action item"
    REOPENING = "reopening"


class Hours(StrEnum):
    """Which pages count, by the clock on the wall."""

    ANY = "any"
    NIGHT = "night"
    WEEKEND = "weekend"


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a metric's definition: the words for people, and what it is executed by.

    Versions are never changed, and never taken away: whoever asks with a version gets the answer that it always gave.
    """

    key: str
    version: int
    name: str
    unit: MetricUnit
    matter: Matter
    value: str
    """From which anchor to which, or what is counted."""
    counted_at: str
    """By which moment it falls into a bucket."""
    population: str
    reopened: str
    """What becomes of an incident that was reopened."""
    merged: str
    """What becomes of one that goes on as another."""
    exclusions: str
    start: IncidentTimestamp | None = None
    end: IncidentTimestamp | None = None
    through_detection: bool = False
    """Only incidents that were reported before they were declared."""
    stage: Stage | None = None
    hours: Hours = Hours.ANY

    @property
    def per_person(self) -> bool:
        """Whether values are added up for each person within a bucket: the figures are then of people."""
        return self.matter is Matter.PAGE

    @property
    def by_day(self) -> bool:
        """Whether what is counted belongs to a day of the calendar, not to a moment."""
        return self.matter is Matter.ACTION_ITEM

    @property
    def spread(self) -> bool:
        """Whether median and percentiles say anything: not of shares and counts."""
        return self.unit not in (MetricUnit.SHARE, MetricUnit.INCIDENTS)
