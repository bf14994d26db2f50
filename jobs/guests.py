"""Who is on call for an incident, and so belongs into its channel."""

from sqlalchemy import func, select

from actions.outward.on_call import rosters
from actions.schedules.own import own_on_call
from core.db import Reader
from integrations.ports import Member
from models.incident import Incident, IncidentService
from models.on_call import RELIABLE, OnCall, for_service, standing
from models.person import User
from models.service import Service
from models.words import IncidentKind


async def on_call_for(reader: Reader, incident: Incident) -> list[Member]:
    """Who is on call for the services of an incident, by address; nobody for a private one, or one of the past."""
    if incident.private or incident.kind is IncidentKind.BACKFILLED or not incident.is_open:
        return []
    touched = select(IncidentService.service_id).where(IncidentService.incident_id == incident.id)
    services = await reader.execute(
        select(Service.slug, Service.name).where(Service.id.in_(touched)).order_by(Service.id)
    )
    if not services:
        return []
    people = await _known(reader)
    chosen = [each for row in services for told in people for each in for_service(told, row.slug, row.name)]
    emails = list(dict.fromkeys(each.email.lower() for each in chosen if each.email))
    same = select(func.lower(User.email).label("email"), User.id).where(
        func.lower(User.email).in_(emails), User.archived_at.is_(None)
    )
    keys = {row.email: row.id for row in await reader.execute(same)} if emails else {}
    return [Member(keys.get(email), email) for email in emails]


async def _known(reader: Reader) -> list[list[OnCall]]:
    """Whom our schedules name, and each pager, if that can still be relied on."""
    moment = reader.clock.now()
    own = await own_on_call(reader, moment)
    pagers = [
        standing(roster.people, moment)
        for _, roster in await rosters(reader)
        if roster is not None and roster.as_of is not None and moment - roster.as_of < RELIABLE
    ]
    return [own, *pagers]
