"""The order that an incident's moments keep (DESIGN §3, "Times"). Detection before the impact began is legal."""

from datetime import datetime

from models.incident import Incident
from models.words import IncidentTimestamp

IN_ORDER = (
    (IncidentTimestamp.DETECTED, IncidentTimestamp.ACKNOWLEDGED),
    (IncidentTimestamp.ACKNOWLEDGED, IncidentTimestamp.DECLARED),
    (IncidentTimestamp.IMPACT_STARTED, IncidentTimestamp.MITIGATED),
    (IncidentTimestamp.MITIGATED, IncidentTimestamp.RESOLVED),
    (IncidentTimestamp.RESOLVED, IncidentTimestamp.CLOSED),
)
"""Pairs of which the first is never later than the second, where both are known."""


def column_of(timestamp: IncidentTimestamp) -> str:
    """The attribute of an incident that holds a moment: `detected_at`."""
    return f"{timestamp.lower()}_at"


def moment_of(incident: Incident, timestamp: IncidentTimestamp) -> datetime | None:
    """A moment of an incident; None if it has not come, or is not known."""
    moment: datetime | None = getattr(incident, column_of(timestamp))
    return moment


def disorder(
    incident: Incident, timestamp: IncidentTimestamp, value: datetime
) -> tuple[IncidentTimestamp, IncidentTimestamp] | None:
    """The pair (earlier, later) that would be out of order if a timestamp had this value; None if all is well."""
    for first, second in IN_ORDER:
        earlier = value if first is timestamp else moment_of(incident, first)
        later = value if second is timestamp else moment_of(incident, second)
        if timestamp in (first, second) and earlier is not None and later is not None and earlier > later:
            return first, second
    return None
