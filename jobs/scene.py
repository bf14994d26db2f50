"""What a mail tells: everything about an event and its incident that the templates need, read in one snapshot."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from actions.narrate import sentences
from auth.actor import SYSTEM
from auth.visibility import visible_events, visible_to
from core.db import Reader
from models.delivery import Delivery
from models.event import Event
from models.incident import Incident, IncidentService
from models.organisation import Organisation
from models.person import User
from models.role import COMMANDER, Role, RoleAssignment
from models.service import Service
from models.severity import SeverityVersion
from models.update import Update
from models.words import Audience, IncidentKind


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An action item, as its reader is told of it."""

    incident: str | None
    team: str
    assignee: str | None
    due_on: date | None
    priority: int
    ticket_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One event of one incident, as its reader is told of it. Texts are as people wrote them; templates tidy them.

    A mail that is about something else has what it is about in its place, and leaves out what is of incidents alone.
    """

    organisation: str
    reference: str
    title: str
    drill: bool = False
    private: bool = False
    severity: str | None = None
    tone: str
    """How loud the mail looks: `worst` for rank 1, `serious` for rank 2, `plain`, and `over` once it is not open."""
    stage: str = ""
    services: tuple[str, ...] = ()
    commander: str | None = None
    detected_at: datetime
    sentence: str
    """What happened, in one line."""
    roles: tuple[Role, ...] = ()
    """The roles that the event names: the one that was given, or those that are vacant."""
    update: Update | None = None
    promised_by: datetime | None = None
    """The promise that was not kept, of a reminder."""
    audience: Audience | None = None
    url: str
    public_url: str | None = None
    item: ItemShown | None = None
    """The action item that it is about, of which reference and title are then."""
    incident_url: str | None = None
    """Where the incident, or the alert, is, of a page, whose `url` is where it is acknowledged."""
    asks_until: datetime | None = None
    """Of alerts, if it is asked whether they are an incident: until when."""


async def read_delivery(reader: Reader, delivery_id: int) -> Delivery:
    """A row of the ledger."""
    found = await reader.row(Delivery, select(Delivery).where(Delivery.id == delivery_id))
    if found is None:
        raise LookupError(f"there is no delivery {delivery_id}")
    return found


async def read_scene(reader: Reader, event_id: int, base_url: str, status_url: str) -> Scene:
    """The scene of an event that has an incident. Links begin with `base_url`, those of customers with `status_url`."""
    event = await reader.row(Event, select(Event).where(Event.id == event_id, visible_events(SYSTEM)))
    if event is None:
        raise LookupError(f"there is no event {event_id}")
    incident = await reader.row(Incident, select(Incident).where(Incident.id == event.incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise LookupError(f"event {event_id} has no incident")
    update = await _update(reader, event.data)
    promised_by = event.data.get("promised_by")
    audience = event.data.get("audience")
    scene = await scene_of(reader, incident, base_url, (await sentences(reader, [event]))[0])
    return replace(
        scene,
        url=f"{scene.url}/postmortem" if event.kind.startswith("postmortem.") else scene.url,
        roles=await _roles(reader, event.data),
        update=update,
        promised_by=datetime.fromisoformat(promised_by) if promised_by else None,
        audience=Audience(audience) if audience else None,
        public_url=f"{status_url}/incidents/{incident.reference}" if _readable(incident, update) else None,
    )


async def scene_of(reader: Reader, incident: Incident, base_url: str, sentence: str) -> Scene:
    """An incident as it is now, and what is said of it."""
    severity = await _severity(reader, incident)
    return Scene(
        organisation=await name_of_organisation(reader),
        reference=incident.reference,
        title=incident.title,
        drill=incident.kind is IncidentKind.DRILL,
        private=incident.private,
        severity=severity.name if severity else None,
        tone=_tone(severity) if incident.is_open else "over",
        stage=incident.stage.lower(),
        services=await _services(reader, incident),
        commander=await _commander(reader, incident),
        detected_at=incident.detected_at,
        sentence=sentence,
        url=f"{base_url}/console/incidents/{incident.reference}",
    )


async def name_of_organisation(reader: Reader) -> str:
    """What it is called, in mails."""
    return await reader.scalar(select(Organisation.name)) or "Muster"


def _readable(incident: Incident, update: Update | None) -> bool:
    """Whether customers can read the update on the incident's page now (statuspage.read.public)."""
    said = update is not None and update.audience is Audience.PUBLIC and update.withdrawn_at is None
    shown = incident.public_since is not None and not incident.private
    return said and shown and incident.kind is not IncidentKind.DRILL


async def _severity(reader: Reader, incident: Incident) -> SeverityVersion | None:
    theirs = SeverityVersion.id == incident.severity_version_id
    return await reader.row(SeverityVersion, select(SeverityVersion).where(theirs))


def _tone(severity: SeverityVersion | None) -> str:
    return {1: "worst", 2: "serious"}.get(severity.rank, "plain") if severity else "plain"


async def _services(reader: Reader, incident: Incident) -> tuple[str, ...]:
    mine = IncidentService.service_id == Service.id
    rows = await reader.execute(
        select(Service.name)
        .join(IncidentService, mine)
        .where(IncidentService.incident_id == incident.id)
        .order_by(Service.name)
    )
    return tuple(name for (name,) in rows)


async def _commander(reader: Reader, incident: Incident) -> str | None:
    found: str | None = await reader.scalar(
        select(User.name)
        .join(RoleAssignment, RoleAssignment.user_id == User.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(
            RoleAssignment.incident_id == incident.id, RoleAssignment.relinquished_at.is_(None), Role.key == COMMANDER
        )
    )
    return found


async def _roles(reader: Reader, data: dict[str, Any]) -> tuple[Role, ...]:
    keys = data.get("role_ids") or ([data["role_id"]] if "role_id" in data else [])
    return tuple(await reader.rows(Role, select(Role).where(Role.id.in_(keys)).order_by(Role.id))) if keys else ()


async def _update(reader: Reader, data: dict[str, Any]) -> Update | None:
    return (
        await reader.row(Update, select(Update).where(Update.id == data["update_id"])) if "update_id" in data else None
    )
