"""Everything that a postmortem is made of, read in one snapshot: the incident's record, merged incidents' included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.sql import ColumnElement

from actions.narrate import names_of, sentences, texts_of
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Reader
from core.errors import not_found
from models.alert import Alert
from models.event import Event
from models.facts.base import Names
from models.incident import Incident, IncidentService
from models.postmortem import ActionItem
from models.role import RoleAssignment
from models.severity import SeverityVersion
from models.update import Update, UpdateComponent
from models.words import ActorKind, IncidentTimestamp, Visibility

UNNAMED = {
    ActorKind.SERVICE_ACCOUNT: "a script",
    ActorKind.INTEGRATION: "an alert source",
    ActorKind.SYSTEM: SYSTEM.name,
    ActorKind.WORKFLOW: "a workflow",
    ActorKind.VENDOR: "an integration",
}


@dataclass(frozen=True, slots=True)
class Material:
    """One incident's record. `events` are those of its timeline, in the order in which they happened."""

    incident: Incident
    severity: SeverityVersion | None
    events: list[Event]
    sentences: dict[int, str]
    texts: dict[int, str]
    names: Names
    assignments: list[RoleAssignment]
    service_ids: list[int]
    alerts: list[Alert]
    updates: list[Update]
    claims: list[UpdateComponent]
    action_items: list[ActionItem]

    @property
    def cursor(self) -> int:
        """The newest event that the postmortem rests on; its own events don't count."""
        return max((event.id for event in self.events), default=0)

    def of_kind(self, *kinds: str) -> list[Event]:
        """The events of some kinds; also those of merged incidents."""
        return [event for event in self.events if event.kind in kinds]

    def own(self, *kinds: str) -> list[Event]:
        """The events of some kinds that are this incident's own, in the order in which they were recorded."""
        return sorted((e for e in self.of_kind(*kinds) if e.incident_id == self.incident.id), key=lambda e: e.id)

    def about(self, field: str, key: int) -> list[int]:
        """The ids of the events whose fact points to a row: `about("alert_id", 7)`."""
        return [event.id for event in self.events if event.data.get(field) == key]

    def actor_of(self, event: Event) -> str:
        """Who acted, without a name: `the Scribe`, `a script`."""
        if event.actor_kind is ActorKind.USER and event.actor_id is not None:
            return role_held(self.assignments, self.names, event.actor_id, event.occurred_at)
        return UNNAMED.get(event.actor_kind, "somebody")

    def sources_of(self, timestamp: IncidentTimestamp) -> list[int]:
        """The event that set a moment of the incident: its last correction, else the one that brought it about."""
        corrected = [e for e in self.own("incident.timestamp_corrected") if e.data.get("timestamp") == timestamp]
        setting = corrected or self._setting(timestamp)
        return [setting[-1].id] if setting else []

    def _setting(self, timestamp: IncidentTimestamp) -> list[Event]:
        begun = self.own("incident.reported") or self.own("incident.declared")
        declared = self.own("incident.declared")
        stages = self.own("incident.stage_changed")
        resolved = [e for e in stages if e.data.get("to_stage") == "RESOLUTION"]
        return {
            IncidentTimestamp.IMPACT_STARTED: declared or begun,
            IncidentTimestamp.DETECTED: begun,
            IncidentTimestamp.ACKNOWLEDGED: self.own("incident.acknowledged") or declared,
            IncidentTimestamp.DECLARED: declared,
            IncidentTimestamp.MITIGATED: [e for e in stages if e.data.get("to_stage") == "MITIGATION"] or resolved,
            IncidentTimestamp.RESOLVED: resolved,
            IncidentTimestamp.CLOSED: [e for e in stages if e.data.get("to_stage") == "CLOSED"],
        }[timestamp]


def role_held(assignments: Sequence[RoleAssignment], names: Names, user_id: int, moment: datetime) -> str:
    """The role that a person held at a moment, as the subject of a sentence: `the Incident Commander`."""
    held = [
        assignment.role_id
        for assignment in assignments
        if assignment.user_id == user_id
        and assignment.assumed_at <= moment
        and (assignment.relinquished_at is None or moment < assignment.relinquished_at)
    ]
    return f"the {names.of('role', min(held))}" if held else "a responder"


def _timeline(incident: Incident) -> ColumnElement[bool]:
    """The incidents whose timelines this one shows. One merged into it and made private since stays out."""
    merged = Incident.merged_into_id == incident.id
    if not incident.private:
        merged = and_(merged, Incident.visibility == Visibility.ORGANISATION)
    return and_(visible_to(SYSTEM), or_(Incident.id == incident.id, merged))


async def read_material(reader: Reader, incident_id: int) -> Material:
    """The record of an incident, read as Muster itself. NOT_FOUND if there is no such incident."""
    incident = await reader.row(Incident, select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise not_found("incident", "incident", incident_id)
    family = select(Incident.id).where(_timeline(incident))

    async def of(model: type[Any], *order: Any) -> list[Any]:
        return await reader.rows(model, select(model).where(model.incident_id.in_(family)).order_by(*order))

    events = await reader.rows(
        Event,
        select(Event)
        .where(Event.incident_id.in_(family), Event.number.is_not(None), Event.kind.not_like("postmortem.%"))
        .order_by(Event.occurred_at, Event.id),
    )
    severity = await reader.row(
        SeverityVersion, select(SeverityVersion).where(SeverityVersion.id == incident.severity_version_id)
    )
    assignments = await of(RoleAssignment, RoleAssignment.assumed_at, RoleAssignment.id)
    alerts = await of(Alert, Alert.starts_at, Alert.id)
    updates = await of(Update, Update.published_at, Update.id)
    action_items = await of(ActionItem, ActionItem.priority, ActionItem.id)
    spoken = [update.id for update in updates if update.withdrawn_at is None]
    claims = await reader.rows(UpdateComponent, select(UpdateComponent).where(UpdateComponent.update_id.in_(spoken)))
    service_rows = await reader.execute(
        select(IncidentService.service_id).where(IncidentService.incident_id == incident.id)
    )
    service_ids = sorted(row.service_id for row in service_rows)
    required = severity.required_role_ids if severity is not None else []
    names = await names_of(
        reader,
        {("role", key) for key in [*required, *(a.role_id for a in assignments)]}
        | {("user", a.user_id) for a in assignments}
        | {("service", key) for key in service_ids}
        | {("component", claim.component_id) for claim in claims}
        | {("source", alert.source_id) for alert in alerts}
        | {("team", item.owner_id) for item in action_items},
    )
    said = await sentences(reader, events, called=lambda user, moment: role_held(assignments, names, user, moment))
    return Material(
        incident=incident,
        severity=severity,
        events=events,
        sentences={event.id: sentence for event, sentence in zip(events, said, strict=True)},
        texts=await texts_of(reader, events),
        names=names,
        assignments=assignments,
        service_ids=service_ids,
        alerts=alerts,
        updates=updates,
        claims=claims,
        action_items=action_items,
    )
