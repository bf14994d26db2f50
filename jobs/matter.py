"""What vendors are told of an incident, read when it is told."""

from sqlalchemy import select

from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Reader
from integrations.ports import Matter, Member
from jobs.guests import on_call_for
from models.incident import Incident, IncidentMember
from models.integration import OutwardAction
from models.person import User
from models.role import COMMANDER, Role, RoleAssignment
from models.severity import SeverityVersion
from models.words import IncidentKind, OutwardState, OutwardVerb, Visibility

LINKS = {
    OutwardVerb.OPEN_CHANNEL: "channel",
    OutwardVerb.OPEN_BRIDGE: "bridge",
    OutwardVerb.OPEN_TICKET: "ticket",
}
"""What a matter calls the address of what was made."""


async def matter_of(reader: Reader, incident_id: int, base_url: str, status_url: str) -> Matter:
    """What vendors are told of an incident, as it is now. Customers' links begin with `status_url`."""
    incident = await reader.row(Incident, select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise LookupError(f"there is no incident {incident_id}")
    severity = await reader.scalar(
        select(SeverityVersion.name).where(SeverityVersion.id == incident.severity_version_id)
    )
    return Matter(
        incident.reference,
        incident.title,
        severity,
        f"{base_url}/console/incidents/{incident.reference}",
        private=incident.visibility is Visibility.PRIVATE,
        drill=incident.kind is IncidentKind.DRILL,
        stage=incident.stage,
        commander=await _commander(reader, incident),
        members=await _guests(reader, incident),
        status_page=f"{status_url}/incidents/{incident.reference}" if _is_public(incident) else None,
        **await _links(reader, incident),
    )


def _is_public(incident: Incident) -> bool:
    """Whether customers can read of it (statuspage.read.public)."""
    return incident.public_since is not None and not incident.private and incident.kind is not IncidentKind.DRILL


async def _links(reader: Reader, incident: Incident) -> dict[str, str]:
    """Where the channel, the call and the ticket of an incident are."""
    done = select(OutwardAction.verb, OutwardAction.url).where(
        OutwardAction.incident_id == incident.id,
        OutwardAction.verb.in_(LINKS),
        OutwardAction.state == OutwardState.DONE,
        OutwardAction.url.is_not(None),
    )
    return {LINKS[row.verb]: row.url for row in await reader.execute(done)}


async def _commander(reader: Reader, incident: Incident) -> str | None:
    """The name of whoever commands an incident now."""
    name: str | None = await reader.scalar(
        select(User.name)
        .join(RoleAssignment, RoleAssignment.user_id == User.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(
            RoleAssignment.incident_id == incident.id,
            RoleAssignment.relinquished_at.is_(None),
            Role.key == COMMANDER,
        )
    )
    return name


async def _guests(reader: Reader, incident: Incident) -> tuple[Member, ...]:
    """Its members, and behind them who is on call for its services, unless only members may know of it."""
    members = await _members(reader, incident)
    known = {member.email.casefold() for member in members if member.email}
    return (*members, *(each for each in await on_call_for(reader, incident) if each.email.casefold() not in known))


async def _members(reader: Reader, incident: Incident) -> tuple[Member, ...]:
    """The people who are members of an incident and still with us."""
    people = (
        select(User.id, User.email)
        .join(IncidentMember, IncidentMember.user_id == User.id)
        .where(IncidentMember.incident_id == incident.id, User.archived_at.is_(None))
        .order_by(IncidentMember.id)
    )
    return tuple(Member(row.id, row.email) for row in await reader.execute(people))
