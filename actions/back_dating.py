"""Updates that are dated before they were written: what was seen at 03:10 and put into words at 03:40.

Rules. Only the text is back-dated: what was shown of components was shown, and uptime counts that. A back-dated update
keeps no promise and makes none. A final one must be the last word. Nobody is told of one, unless that is asked for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from actions import check
from core.errors import conflict, invalid
from models.incident import Incident
from models.words import PublicStatus

OLDEST = timedelta(days=366)
"""How far back an update may be dated; the status page shows twelve months at a glance."""


def dated_back(value: datetime | None, now: datetime) -> datetime | None:
    """The moment that an update is back-dated to; None for one of now, give or take a minute.

    INVALID_INPUT for the future, and for what is more than a year ago.
    """
    if value is None:
        return None
    moment = check.past(value, "published_at", now)
    if moment < now - OLDEST:
        raise invalid(
            "published_at", f"{value.isoformat()} is more than a year ago.", "Give a moment within the past 366 days."
        )
    return moment if moment < now - check.CLOCK_SKEW else None


def check_back_dated(components: Sequence[Any] | None, promise: datetime | None) -> None:
    """Refuse what can't be said after the fact (INVALID_INPUT)."""
    if components:
        raise invalid(
            "components",
            "A back-dated update changes no component: uptime counts what customers were shown at the time.",
            "Leave them out; say how components are in an update of now.",
        )
    if promise is not None:
        raise invalid(
            "next_update_by",
            "A back-dated update promises nothing: the promise that is open stays.",
            "Leave it out, or publish an update of now.",
        )


def check_place(incident: Incident, moment: datetime, status: PublicStatus | None, newest: datetime | None) -> bool:
    """Whether a back-dated update stands before another one; refusals of a moment that is no place for it.

    INVALID_INPUT before the incident began, if that is known; CONFLICT for a final update before another.
    """
    began = incident.impact_started_at
    if began is not None and moment < began:
        raise invalid(
            "published_at",
            f"{moment.isoformat()} is before {incident.reference} began ({began.isoformat()}).",
            "Give a later moment, or correct the incident's IMPACT_STARTED first.",
        )
    inserted = newest is not None and moment < newest
    if inserted and status is PublicStatus.RESOLVED:
        raise conflict(
            "A final update can't stand before another one.",
            field="published_at",
            hint="Give a moment after the newest update, or another status.",
        )
    return inserted
