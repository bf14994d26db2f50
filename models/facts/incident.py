"""Facts about the incident itself. Moments in facts are RFC 3339 text in UTC."""

from collections.abc import Sequence
from typing import Any

from models.facts.base import Fact, Names, clock_time, fact


@fact("incident.reported")
class IncidentReported(Fact):
    """Somebody, or an alert, noticed something: the incident begins in DETECTION."""

    title: str
    severity_id: int | None = None
    service_ids: Sequence[int] = ()

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} reported “{self.title}”."


@fact("incident.acknowledged")
class IncidentAcknowledged(Fact):
    """Somebody took the report and judges the impact: TRIAGE."""

    from_stage: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} acknowledged the incident and began triage."


@fact("incident.declared")
class IncidentDeclared(Fact):
    """The response began. Holds the severity's obligations as they were, so that later edits never change the past."""

    title: str
    from_stage: str | None = None
    severity_id: int
    severity_name: str
    severity_version_id: int
    obligations: dict[str, Any]
    service_ids: Sequence[int] = ()

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} declared “{self.title}” as {self.severity_name}."


@fact("incident.declined")
class IncidentDeclined(Fact):
    """Triage found nothing. The reason is the event's text."""

    from_stage: str
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} declined the incident" + (f": {self.reason}" if self.reason else ".")


@fact("incident.cancelled")
class IncidentCancelled(Fact):
    """It was no incident, or no longer worth a response. The reason is the event's text."""

    from_stage: str
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} cancelled the incident" + (f": {self.reason}" if self.reason else ".")


@fact("incident.reopened")
class IncidentReopened(Fact):
    """It came back: RESPONSE again."""

    from_stage: str
    reason: str
    mitigated_at: str | None = None
    resolved_at: str | None = None
    closed_at: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} reopened the incident: {self.reason}"


@fact("incident.stage_changed")
class StageChanged(Fact):
    """A stage was achieved, or given up again (MITIGATION back to RESPONSE)."""

    from_stage: str
    to_stage: str
    note: str | None = None
    mitigated_at: str | None = None
    """The moment that no longer counts, when MITIGATION is given up."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        moved = f"{who} moved the incident from {self.from_stage.lower()} to {self.to_stage.lower()}"
        return f"{moved}: {self.note}" if self.note else f"{moved}."


@fact("incident.severity_changed")
class SeverityChanged(Fact):
    """The severity was raised, lowered, or set for the first time. `raised`: towards rank 1."""

    from_severity_id: int | None = None
    from_name: str | None = None
    to_severity_id: int
    to_name: str
    to_severity_version_id: int
    raised: bool
    obligations: dict[str, Any]
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        start = f"{who} set the severity to {self.to_name}"
        if self.from_name and self.from_severity_id != self.to_severity_id:
            verb = "raised" if self.raised else "lowered"
            start = f"{who} {verb} the severity from {self.from_name} to {self.to_name}"
        return f"{start}: {self.reason}" if self.reason else f"{start}."


@fact("incident.edited")
class IncidentEdited(Fact):
    """Title, public title, summary, labels or services changed. `before` and `after` hold what changed."""

    before: dict[str, Any]
    after: dict[str, Any]

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        if set(self.after) == {"title"}:
            return f"{who} renamed the incident to “{self.after['title']}”."
        return f"{who} edited the {', '.join(sorted(key.replace('_', ' ') for key in self.after))} of the incident."


@fact("incident.merged")
class IncidentMerged(Fact):
    """This incident went on as part of another; on the timeline of the one that ended."""

    from_stage: str
    into_incident_id: int
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        start = f"{who} merged the incident into {names.of('incident', self.into_incident_id)}"
        return f"{start}: {self.reason}" if self.reason else f"{start}."


@fact("incident.absorbed")
class IncidentAbsorbed(Fact):
    """Another incident was merged into this one; its timeline, alerts and tasks are here now."""

    merged_incident_id: int
    alerts: int = 0
    tasks: int = 0
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} merged {names.of('incident', self.merged_incident_id)} into this incident."


@fact("incident.timestamp_corrected")
class TimestampCorrected(Fact):
    """A moment was set right; the old value is kept here. Null before: it had not been known."""

    timestamp: str
    before: str | None = None
    after: str
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        what = self.timestamp.lower().replace("_", " ")
        was = f" from {clock_time(self.before)}" if self.before else ""
        return f"{who} corrected “{what}”{was} to {clock_time(self.after)}: {self.reason}"


@fact("incident.visibility_changed", audited=True)
class VisibilityChanged(Fact):
    """The incident became private, or visible to the organisation again."""

    before: str
    after: str
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        state = "private" if self.after == "PRIVATE" else "visible to the organisation"
        return f"{who} made the incident {state}: {self.reason}"


@fact("member.added", audited=True)
class MemberAdded(Fact):
    """A person may now see the incident while it is private."""

    user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} added {names.of('user', self.user_id)} as a member."


@fact("member.removed", audited=True)
class MemberRemoved(Fact):
    """A person may no longer see the incident while it is private."""

    user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} removed {names.of('user', self.user_id)} from the members."
