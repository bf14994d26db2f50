"""Everything that a postmortem is made of, put in order: the incident's record, merged incidents' included.

Incidents may have ten thousand events, so whatever is looked up by kind or by row is found in an index.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.narrate import SCRIPT
from actions.postmortems.roles_held import RolesHeld
from auth.actor import SYSTEM
from models.alert import Alert
from models.event import Event
from models.facts.base import Names
from models.incident import Incident
from models.metric import MetricSnapshot
from models.postmortem import ActionItem
from models.role import RoleAssignment
from models.severity import SeverityVersion
from models.task import Task
from models.update import Update, UpdateComponent
from models.words import ActorKind, IncidentTimestamp

UNNAMED = {
    ActorKind.SERVICE_ACCOUNT: SCRIPT,
    ActorKind.INTEGRATION: "an alert source",
    ActorKind.SYSTEM: SYSTEM.name,
    ActorKind.WORKFLOW: "a workflow",
    ActorKind.VENDOR: "an integration",
}


@dataclass(frozen=True, slots=True)
class Said:
    """How much was written in the channels of an incident, and when most was."""

    messages: int
    people: int
    busiest: str | None
    """The ten minutes in which most was written, as `03:20 to 03:30 UTC`; None where nothing stands out."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A contributing factor that people chose."""

    kind: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Material:
    """One incident's record. `events` are those of its timeline, in the order in which they happened."""

    incident: Incident
    severity: SeverityVersion | None
    events: list[Event]
    told: frozenset[int]
    """The ids of the events that the timeline tells one by one; the rest is folded (actions.postmortems.folding)."""
    sentences: Mapping[int, str]
    """What events say, of those that are told one by one and of those that other sections quote."""
    texts: Mapping[int, str]
    names: Names
    held: RolesHeld
    assignments: list[RoleAssignment]
    service_ids: list[int]
    alerts: list[Alert]
    updates: list[Update]
    claims: list[UpdateComponent]
    tasks: list[Task]
    action_items: list[ActionItem]
    metrics: list[MetricSnapshot]
    factors: list[Factor]
    said: Said
    _kinds: dict[str, list[Event]] = field(default_factory=dict, init=False)
    _about: dict[str, dict[int, list[int]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for event in self.events:
            self._kinds.setdefault(event.kind, []).append(event)

    @property
    def cursor(self) -> int:
        """The newest event that the postmortem rests on; its own events don't count."""
        return max((event.id for event in self.events), default=0)

    def of_kind(self, *kinds: str) -> list[Event]:
        """The events of some kinds, as they happened; also those of merged incidents."""
        found = [event for kind in kinds for event in self._kinds.get(kind, ())]
        return found if len(kinds) == 1 else sorted(found, key=lambda event: (event.occurred_at, event.id))

    def own(self, *kinds: str) -> list[Event]:
        """The events of some kinds that are this incident's own, in the order in which they were recorded."""
        return sorted((e for e in self.of_kind(*kinds) if e.incident_id == self.incident.id), key=lambda e: e.id)

    def about(self, name: str, key: int) -> list[int]:
        """The ids of the events whose fact points to a row: `about("alert_id", 7)`."""
        if name not in self._about:
            index: defaultdict[int, list[int]] = defaultdict(list)
            for event in self.events:
                pointed = event.data.get(name)
                if isinstance(pointed, int):
                    index[pointed].append(event.id)
            self._about[name] = index
        return self._about[name].get(key, [])

    def actor_of(self, event: Event) -> str:
        """Who acted, by role: `the Scribe`, `a script`; by name where the organisation wants names."""
        if event.actor_kind is ActorKind.USER and event.actor_id is not None:
            return self.held.called(event.actor_id, event.occurred_at)
        return UNNAMED.get(event.actor_kind, "somebody")

    def quoted(self, event: Event) -> str | None:
        """What was written with an event, people by their roles; None if nothing was, or it was erased."""
        text = self.texts.get(event.id)
        return None if text is None else self.held.unnamed(text, event.occurred_at)

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
