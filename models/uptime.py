"""Uptime: the share of time in which customers could use a component. Pure arithmetic over its periods."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from models.words import ComponentStatus

WHOLE = 100
DOWN_PERCENT = {ComponentStatus.MAJOR_OUTAGE: WHOLE, ComponentStatus.PARTIAL_OUTAGE: 30}
"""How much of a period counts as down; every other state counts as up.

The weights are those of Atlassian Statuspage ("Uptime Showcase", help.statuspage.io): a major outage counts whole, a
partial outage 30 %, degraded performance and maintenance not at all.
"""

MICROSECOND = timedelta(microseconds=1)


class Span(NamedTuple):
    """A stretch of time in one state; `ended_at` None: it goes on."""

    status: ComponentStatus
    started_at: datetime
    ended_at: datetime | None

    def within(self, since: datetime, until: datetime) -> timedelta:
        """How much of it lies between two moments."""
        end = until if self.ended_at is None else min(self.ended_at, until)
        return max(end - max(self.started_at, since), timedelta())


def percent_up(spans: Sequence[Span], since: datetime, until: datetime) -> float | None:
    """Uptime between two moments in percent, with two decimals, cut and not rounded: 100 only if no moment was lost.

    Time that no span covers counts as up. None if there is no time between the two.
    """
    total = (until - since) // MICROSECOND
    if total <= 0:
        return None
    lost = sum(span.within(since, until) // MICROSECOND * DOWN_PERCENT.get(span.status, 0) for span in spans)
    return (10_000 * total - 100 * lost) // total / 100
