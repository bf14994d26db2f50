"""The value sets of Atlassian Statuspage, and how ours become theirs.

https://support.atlassian.com/statuspage/docs/top-level-status-and-incident-impact-calculations/ tells how the state of
a page and the impact of an incident follow from components.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache

from core.zones import zone_or_utc
from models.words import ComponentStatus, PublicStatus

COMPONENT = {status: status.value.lower() for status in ComponentStatus}
"""`operational` `under_maintenance` `degraded_performance` `partial_outage` `major_outage`."""

INCIDENT = {status: status.value.lower() for status in PublicStatus}
"""`investigating` `identified` `monitoring` `resolved`."""

IMPACT = {
    ComponentStatus.OPERATIONAL: "none",
    ComponentStatus.UNDER_MAINTENANCE: "maintenance",
    ComponentStatus.DEGRADED_PERFORMANCE: "minor",
    ComponentStatus.PARTIAL_OUTAGE: "major",
    ComponentStatus.MAJOR_OUTAGE: "critical",
}
"""An incident's impact is that of the worst that it did to a component."""

WELL = ("none", "All Systems Operational")
UNNAMED = ("minor", "Partially Degraded Service")
"""While an incident is open that names no component."""

ALL = {
    ComponentStatus.MAJOR_OUTAGE: ("critical", "Major System Outage"),
    ComponentStatus.PARTIAL_OUTAGE: ("major", "Partial System Outage"),
    ComponentStatus.DEGRADED_PERFORMANCE: ("minor", "Degraded System Service"),
    ComponentStatus.UNDER_MAINTENANCE: ("maintenance", "Service Under Maintenance"),
    ComponentStatus.OPERATIONAL: WELL,
}
SOME = {
    ComponentStatus.MAJOR_OUTAGE: ("major", "Partial System Outage"),
    ComponentStatus.PARTIAL_OUTAGE: ("minor", "Minor Service Outage"),
    ComponentStatus.DEGRADED_PERFORMANCE: ("minor", "Partially Degraded Service"),
    ComponentStatus.UNDER_MAINTENANCE: ("maintenance", "Service Under Maintenance"),
    ComponentStatus.OPERATIONAL: WELL,
}
"""The indicator and its words, where all components are in the worst state that there is, and where only some are."""


def overall(statuses: Collection[ComponentStatus], *, troubled: bool) -> tuple[str, str]:
    """Indicator and description of a page. `troubled`: something is wrong that no component tells of."""
    worst = max(statuses, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)
    if worst is ComponentStatus.OPERATIONAL:
        return UNNAMED if troubled else WELL
    return (ALL if all(status is worst for status in statuses) else SOME)[worst]


@lru_cache(maxsize=8192)
def moment(at: datetime | None, time_zone: str) -> str | None:
    """A moment as theirs are written: in the page's zone, with milliseconds and offset, `Z` where that is none."""
    if at is None:
        return None
    written = at.astimezone(UTC if time_zone == "UTC" else zone_or_utc(time_zone)).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def zone_name(time_zone: str) -> str:
    """The zone as theirs is named: `Etc/UTC`."""
    return "Etc/UTC" if time_zone == "UTC" else time_zone
