"""Alert storms: more incidents in a minute than allowed become one, which holds all that come meanwhile (ADR 0036).

No alert is lost: each is stored as ever, and belongs to the storm's incident instead of one of its own.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.bundles import Bundle
from actions.find import find_incidents
from actions.opening import open_incident
from actions.record import now, record
from auth.actor import SYSTEM
from core.db import Database
from models.alert import Alert
from models.facts.alerting import StormBegan, StormEnded
from models.facts.incident import IncidentReported
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.organisation import Organisation
from models.storm import AlertOpening, AlertStorm
from models.words import Stage

MINUTE = timedelta(minutes=1)
CALM = timedelta(minutes=5)
"""It is over when alerts opened, or would have, no more incidents in these than are allowed in one minute."""
KEPT = timedelta(minutes=10)
"""How long openings are kept; longer than anybody looks back."""
BATCH = 1000
"""Openings that are forgotten in one transaction; the timer goes on while there are more."""
TITLE = "Alert storm"
STORM_LOCK = 7428
"""The advisory lock of a delivery with which a storm begins: there is one storm at a time."""


async def storm_that_goes_on(session: AsyncSession) -> Incident | None:
    """The incident of the storm, while that goes on and the incident is open; not locked."""
    found = await session.scalars(
        select(Incident)
        .join(AlertStorm, AlertStorm.incident_id == Incident.id)
        .where(AlertStorm.ended_at.is_(None), Incident.stage.in_(OPEN_STAGES))
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def begin_storm(session: AsyncSession, opening: Sequence[Bundle]) -> Incident | None:
    """Count incidents that are about to be opened; the storm's, if there are too many now. None: each has its own.

    What others open at this very moment is not seen yet: there may be as many more as there are deliveries at once.
    """
    allowed, counted = await count_openings(session, len(opening))
    if not allowed or counted <= allowed:
        return None
    closed = select(Incident.id).where(Incident.id == AlertStorm.incident_id, Incident.stage.not_in(OPEN_STAGES))
    over = update(AlertStorm).where(AlertStorm.ended_at.is_(None), closed.exists())
    await session.execute(over.values(ended_at=now(session)))
    await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": STORM_LOCK})
    if await session.scalar(select(AlertStorm.id).where(AlertStorm.ended_at.is_(None))) is not None:
        return None  # it began at this moment: these are the last that have incidents of their own
    incident = await _report(session, opening, allowed)
    session.add(AlertStorm(incident_id=incident.id, allowed=allowed, began_at=now(session), ended_at=None))
    await session.flush()
    record(session, SYSTEM, StormBegan(allowed=allowed, incidents=counted), incident=incident)
    return incident


async def count_openings(session: AsyncSession, incidents: int) -> tuple[int, int]:
    """How many incidents alerts may open in a minute (0: any), and how many they did, with these."""
    moment = now(session)
    written = (
        insert(AlertOpening).values(incidents=incidents, opened_at=moment).returning(AlertOpening.incidents).cte("mine")
    )
    before = select(func.coalesce(func.sum(AlertOpening.incidents), 0)).where(AlertOpening.opened_at > moment - MINUTE)
    allowed = select(Organisation.storm_incidents).limit(1).scalar_subquery()
    found = (await session.execute(select(allowed, before.scalar_subquery() + written.c.incidents))).one()
    return int(found[0] or 0), int(found[1])


async def _report(session: AsyncSession, opening: Sequence[Bundle], allowed: int) -> Incident:
    routed = [each for bundle in opening for each in bundle.creating]
    severities = [route.severity for _, route in routed if route.severity is not None]
    severity = min(severities, key=lambda each: each.rank, default=None)
    incident = await open_incident(
        session,
        SYSTEM,
        title=TITLE,
        stage=Stage.DETECTION,
        detected_at=min(now(session), *(alert.starts_at for alert, _ in routed)),
        summary=f"Alerts would open more than {allowed} incidents within a minute. All that come until it is calm are"
        " in this one.",
        severity=severity,
    )
    told = IncidentReported(title=TITLE, severity_id=severity.severity_id if severity else None, service_ids=[])
    record(session, SYSTEM, told, incident=incident)
    return incident


async def sweep_storms(database: Database) -> int:
    """End the storm if it is calm, and forget old openings; how much was done."""
    async with database.unit_of_work() as session:
        ended = await _end(session)
    async with database.unit_of_work() as session:
        old = select(AlertOpening.id).where(AlertOpening.opened_at < now(session) - KEPT).limit(BATCH)
        these = AlertOpening.id.in_(old.with_for_update(skip_locked=True))
        gone = await session.execute(delete(AlertOpening).where(these).returning(AlertOpening.id))
        return ended + len(gone.all())


async def _end(session: AsyncSession) -> int:
    moment = now(session)
    storm = await session.scalar(select(AlertStorm).where(AlertStorm.ended_at.is_(None)))
    if storm is None:
        return 0
    lately = select(func.coalesce(func.sum(AlertOpening.incidents), 0)).where(AlertOpening.opened_at > moment - CALM)
    if storm.began_at > moment - CALM or (await session.scalar(lately) or 0) > storm.allowed:
        return 0
    found = await find_incidents(session, SYSTEM, {"incident": str(storm.incident_id)})
    ended = update(AlertStorm).where(AlertStorm.id == storm.id, AlertStorm.ended_at.is_(None)).values(ended_at=moment)
    if (await session.execute(ended.returning(literal(1)))).one_or_none() is None:
        return 0
    alerts = await session.scalar(select(func.count()).where(Alert.incident_id == storm.incident_id))
    record(session, SYSTEM, StormEnded(alerts=alerts or 0), incident=found["incident"])
    return 1
