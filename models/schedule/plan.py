"""What an on-call schedule is made of: layers of people who take turns, overrides, and holidays (ADR 0028)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from models.schedule.words import HolidayRule, RotationKind


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which a layer counts, as clocks show them.

    `days`: weekdays (0 is Monday) on which it begins; none: each day. It ends at `end` of the same day, of the next one
    where `end` is not after `start` (equal: it lasts a whole day), or of the next weekday `until_day` that gives it a
    length (at most a week).
    """

    start: time
    end: time
    days: frozenset[int] = frozenset()
    until_day: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns.

    The first one's turn begins on `start` at `hand_over`, and every `length` hours, days, weeks or months the next one
    follows, by the clocks: hand-overs at 09:00 stay at 09:00. Weekly ones are on `weekday` (0 is Monday), monthly ones
    on day `day` of the month, or its last where it is shorter; where `start` is no such day the first turn is shorter.
    Without them `start` tells. The layer ends on `end` at `hand_over`.
    """

    name: str
    participants: tuple[int, ...]
    """Keys of people, in order; somebody may stand in it twice. Nobody: the layer covers nothing."""
    kind: RotationKind
    start: date
    length: int = 1
    hand_over: time = time(9)
    weekday: int | None = None
    day: int | None = None
    end: date | None = None
    windows: tuple[Window, ...] = ()
    """Only in these hours, together; none: always."""
    holidays: HolidayRule = HolidayRule.ALSO


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Holidays: their names by date. They last from midnight to midnight in the schedule's zone."""

    own: Mapping[date, str] = field(default_factory=dict)
    public: Mapping[date, str] = field(default_factory=dict)
    """A country's (models.schedule.free_days): endless, so it is only ever asked for single dates."""

    def name(self, day: date) -> str | None:
        """What a day is called that is free; None: it is none."""
        return self.own.get(day) or self.public.get(day)


NO_FREE_DAYS = FreeDays()


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule as it is from a moment on, until the next one. The first layer that has somebody wins."""

    zone: ZoneInfo
    layers: tuple[Layer, ...]
    valid_from: datetime
    free_days: FreeDays = NO_FREE_DAYS


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody, or nobody, instead of all layers for a while. Of two at once the later made one, by key, wins."""

    id: int
    starts_at: datetime
    ends_at: datetime
    person: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which one person is on call without a hand-over."""

    person: int
    starts_at: datetime
    ends_at: datetime
    layer: str | None = None
    override: int | None = None
    """The override that it is due to; it then belongs to no layer."""
