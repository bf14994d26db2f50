"""What a question is narrowed to: groups of its dimensions, one person, or some hours of a weekday.

A figure that is narrowed to a group is the figure of that group (actions.metrics.answer), read without the others.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from models.metrics.calendar import DAY, Span, beginning
from models.words import MetricDimension

HOURS = 24


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of a weekday (0 is Monday), by the clock on the wall of the question's zone."""

    weekday: int
    first: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is looked at of all that there is. `groups`: keys by dimension, None being what has nothing there."""

    groups: tuple[tuple[MetricDimension, int | None], ...] = ()
    subject: int | None = None
    """Whose values alone: a person's, of metrics that are of people."""
    hours: Hours | None = None


EVERYTHING = Narrowing()


def conditions(narrowing: Narrowing, span: Span, seen: Any) -> list[ColumnElement[bool]]:
    """What must hold of an observation, groups apart."""
    found: list[ColumnElement[bool]] = []
    if narrowing.subject is not None:
        found.append(seen.c.subject == narrowing.subject)
    if narrowing.hours is not None:
        turns = literal(_turns(narrowing.hours, span), ARRAY(DateTime(timezone=True)))
        found.append(func.width_bucket(seen.c.at, turns) % 2 == 1)
    return found


def same(column: Any, key: int | None) -> ColumnElement[bool]:
    """Whether a row belongs to a group."""
    found: ColumnElement[bool] = column.is_(None) if key is None else column == key
    return found


def _turns(hours: Hours, span: Span) -> list[datetime]:
    """Moments at which the hours begin and end in turn; an hour that clocks skip ends as it begins."""
    first, last = span.days[0], span.days[-1]
    days = (first + n * DAY for n in range((last - first).days))
    return [
        moment
        for day in days
        if day.weekday() == hours.weekday
        for moment in (_moment(day, hours.first, span.zone), _moment(day, hours.first + hours.count, span.zone))
    ]


def _moment(day: Any, hour: int, zone: ZoneInfo) -> datetime:
    return beginning(day + timedelta(days=hour // HOURS), zone, time(hour % HOURS))
