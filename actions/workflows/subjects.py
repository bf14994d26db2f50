"""What conditions are asked of: an incident as it is now."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.opening import service_ids
from actions.record import now
from actions.workflows.conditions import Subject
from core.zones import zone_or_utc
from models.incident import Incident
from models.organisation import Organisation
from models.severity import SeverityVersion


async def subject_of(session: AsyncSession, incident: Incident) -> Subject:
    """A locked incident, at this moment."""
    severity = None
    if incident.severity_version_id is not None:
        severity = (await session.get_one(SeverityVersion, incident.severity_version_id)).severity_id
    return Subject(
        severity_id=severity,
        service_ids=frozenset(await service_ids(session, incident)),
        labels=incident.labels,
        kind=incident.kind,
        visibility=incident.visibility,
        stage=incident.stage,
        moment=now(session),
        zone=zone_or_utc(await session.scalar(select(Organisation.time_zone)) or "UTC"),
    )
