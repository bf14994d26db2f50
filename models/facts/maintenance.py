"""Facts about planned work. They have no incident and no number, and everybody in the organisation may see them.

`notify` says whether subscribers of the status page are to be told of the step; moments are RFC 3339 text in UTC.
"""

from collections.abc import Sequence
from typing import Any

from models.facts.base import Fact, Names, clock_time, fact


@fact("maintenance.scheduled")
class MaintenanceScheduled(Fact):
    """Work was planned, or noted after it was done (`already_done`). Its description is the event's text."""

    maintenance_id: int
    title: str
    starts_at: str
    ends_at: str
    component_ids: Sequence[int] = ()
    series_id: int | None = None
    already_done: bool = False
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        if self.already_done:
            return f"{who} noted MNT-{self.maintenance_id}, “{self.title}”, which is done."
        return f"{who} scheduled MNT-{self.maintenance_id}, “{self.title}”, for {clock_time(self.starts_at)}."


@fact("maintenance.edited")
class MaintenanceEdited(Fact):
    """Planned work was changed: only what differs is in `before` and `after`."""

    maintenance_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    series_id: int | None = None
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} changed {', '.join(sorted(self.after)).replace('_', ' ')} of MNT-{self.maintenance_id}."


@fact("maintenance.reminded")
class MaintenanceReminded(Fact):
    """Planned work begins soon: the time to remind subscribers has come."""

    maintenance_id: int
    starts_at: str
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"MNT-{self.maintenance_id} begins at {clock_time(self.starts_at)}."


@fact("maintenance.started")
class MaintenanceStarted(Fact):
    """Planned work began; its components are under maintenance. Automatic ones occur at the planned moment."""

    maintenance_id: int
    automatic: bool = False
    update_id: int | None = None
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"MNT-{self.maintenance_id} began as planned." if self.automatic else f"{who} began {_ref(self)}."


@fact("maintenance.completed")
class MaintenanceCompleted(Fact):
    """Planned work is over; its components are as everything else says again."""

    maintenance_id: int
    automatic: bool = False
    update_id: int | None = None
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"MNT-{self.maintenance_id} ended as planned." if self.automatic else f"{who} completed {_ref(self)}."


@fact("maintenance.cancelled")
class MaintenanceCancelled(Fact):
    """Planned work does not take place, or was broken off."""

    maintenance_id: int
    update_id: int | None = None
    series_id: int | None = None
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} cancelled {_ref(self)}."


@fact("maintenance.update_published")
class MaintenanceUpdatePublished(Fact):
    """Customers were told something of planned work; the words are the event's text."""

    maintenance_id: int
    update_id: int
    status: str
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} published an update on {_ref(self)}."


@fact("maintenance.update_edited")
class MaintenanceUpdateEdited(Fact):
    """An update on planned work was reworded; what it said before is kept."""

    maintenance_id: int
    update_id: int
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} edited an update on {_ref(self)}."


@fact("maintenance.update_withdrawn")
class MaintenanceUpdateWithdrawn(Fact):
    """An update on planned work was taken back; it stays in the record."""

    maintenance_id: int
    update_id: int
    reason: str
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} withdrew an update on {_ref(self)}: {self.reason}"


@fact("maintenance.series_scheduled")
class MaintenanceSeriesScheduled(Fact):
    """Recurring work was planned. Its occurrences are events of their own, of which nobody is told singly."""

    series_id: int
    title: str
    rule: str
    time_zone: str
    component_ids: Sequence[int] = ()
    first_maintenance_id: int
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} scheduled “{self.title}” to recur ({self.rule}), from MNT-{self.first_maintenance_id} on."


@fact("maintenance.series_edited")
class MaintenanceSeriesEdited(Fact):
    """Recurring work was changed from one occurrence on: a series ended there, and another goes on."""

    series_id: int
    continues_id: int
    first_maintenance_id: int
    component_ids: Sequence[int] = ()
    before: dict[str, Any]
    after: dict[str, Any]
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        what = ", ".join(sorted(self.after)).replace("_", " ")
        return f"{who} changed {what} of recurring work from MNT-{self.first_maintenance_id} on."


@fact("maintenance.series_ended")
class MaintenanceSeriesEnded(Fact):
    """Recurring work is over: what had not begun was cancelled."""

    series_id: int
    title: str
    component_ids: Sequence[int] = ()
    reason: str
    notify: bool = False

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} ended the recurring work “{self.title}”: {self.reason}"


def _ref(fact: Any) -> str:
    return f"MNT-{fact.maintenance_id}"
