"""What conditions are asked of: incidents as they are now."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from actions.workflows.conditions import Subject
from core.zones import zone_or_utc
from models.incident import Incident, IncidentService
from models.organisation import Organisation
from models.severity import SeverityVersion


async def subject_of(session: AsyncSession, incident: Incident) -> Subject:
    """A locked incident, at this moment."""
    return (await subjects_of(session, [incident]))[incident.id]


async def subjects_of(session: AsyncSession, incidents: Iterable[Incident]) -> dict[int, Subject]:
    """Locked incidents by key, at this moment; three statements at most."""
    found = {incident.id: incident for incident in incidents}
    moment, zone = now(session), zone_or_utc(await session.scalar(select(Organisation.time_zone)) or "UTC")
    versions = {i.severity_version_id for i in found.values() if i.severity_version_id is not None}
    severities = select(SeverityVersion.id, SeverityVersion.severity_id).where(SeverityVersion.id.in_(sorted(versions)))
    severity_of = {row.id: row.severity_id for row in await session.execute(severities)} if versions else {}
    touched = select(IncidentService.incident_id, IncidentService.service_id)
    services: dict[int, set[int]] = {key: set() for key in found}
    for key, service_id in await session.execute(touched.where(IncidentService.incident_id.in_(sorted(found)))):
        services[key].add(service_id)
    return {
        key: Subject(
            severity_id=severity_of.get(incident.severity_version_id or 0),
            service_ids=frozenset(services[key]),
            labels=incident.labels,
            kind=incident.kind,
            visibility=incident.visibility,
            stage=incident.stage,
            moment=moment,
            zone=zone,
        )
        for key, incident in found.items()
    }
