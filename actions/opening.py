"""How an incident comes into being, whoever or whatever reports it."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.members import ensure_member
from actions.record import now, rehearsed
from auth.actor import Actor
from core.changes import note
from core.journal import journal_of
from models.incident import Incident, IncidentService, incident_number
from models.maintenance import UNNUMBERED
from models.service import Service
from models.severity import SeverityVersion
from models.words import IncidentKind, Stage, Visibility

SKIPS = (0, 0, 0, 1, 2)
"""How many numbers are passed over before one is taken, drawn at random."""


async def next_number(session: AsyncSession) -> int:
    """A number that no incident has had. Some are passed over, so that a missing number does not tell of a private one.

    A sequence passes numbers over by itself when a transaction fails; so rarely that a gap would still be telling.
    A rehearsal takes none. It gets one that none will ever have, drawn so that two at a time don't wait for each other.
    """
    if rehearsed(session):
        return UNNUMBERED + secrets.randbelow(UNNUMBERED)
    drawn = select(incident_number.next_value().label("number")).select_from(
        func.generate_series(1, 1 + secrets.choice(SKIPS))
    )
    numbers = await session.scalars(drawn)
    return max(numbers)


async def open_incident(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    stage: Stage,
    detected_at: datetime,
    kind: IncidentKind = IncidentKind.REAL,
    visibility: Visibility = Visibility.ORGANISATION,
    public_title: str | None = None,
    summary: str | None = None,
    labels: dict[str, Any] | None = None,
    services: Sequence[Service] = (),
    severity: SeverityVersion | None = None,
) -> Incident:
    """A new incident, with its number, its services, and the actor as its reporter and first member.

    Takes values that were checked; the caller checked the permission too, and records the event that begins the
    timeline. The row is the transaction's own until it commits: it needs no lock.
    """
    incident = Incident(
        id=await next_number(session),
        title=title,
        public_title=public_title,
        summary=summary,
        labels=labels or {},
        stage=stage,
        kind=kind,
        visibility=visibility,
        version=1,
        last_event_number=0,
        severity_version_id=severity.id if severity else None,
        reported_by_kind=actor.kind,
        reported_by_id=actor.id,
        created_at=now(session),
        detected_at=detected_at,
    )
    session.add(incident)
    await session.flush()
    await add_services(session, incident, (service.id for service in services))
    await ensure_member(session, incident, actor)
    return incident


async def add_services(session: AsyncSession, incident: Incident, service_ids: Iterable[int]) -> None:
    """Note which services an incident touches, besides those that are known."""
    rows = [{"incident_id": incident.id, "service_id": key} for key in service_ids]
    if rows:
        written = insert(IncidentService).values(rows).on_conflict_do_nothing()
        for key in await session.scalars(written.returning(IncidentService.service_id)):
            row = {"incident_id": incident.id, "service_id": key}
            note(journal_of(session), IncidentService, incident.id, key, row)


async def service_ids(session: AsyncSession, incident: Incident) -> list[int]:
    """The services that an incident touches, in the order of their ids."""
    found = await session.scalars(
        select(IncidentService.service_id)
        .where(IncidentService.incident_id == incident.id)
        .order_by(IncidentService.service_id)
    )
    return list(found)
