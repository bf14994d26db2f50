"""Keeping what the metrics of an incident's services were while it lasted: what to ask, and what came of it.

A job asks (jobs.metrics). What can't be asked leaves a note where the curve would be, and is tried again a few times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.outward.settings import opened
from actions.record import enqueue, now, record
from auth.actor import SYSTEM
from models.facts.metric import MetricMeasured
from models.incident import Incident, IncidentService
from models.integration import Integration
from models.job import JobName
from models.metric import MetricSnapshot, ServiceMetric
from models.postmortem import LEARNING_STAGES

POINTS = 240
"""Values of a curve, about: as many as a chart has room for."""
FINEST = 15
"""Seconds between two values at least: monitors rarely look more often."""
MARGIN = timedelta(minutes=10)
"""What is shown before and after the incident, at least; of long ones a tenth."""
TRIES = 3
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, and how often."""

    starts_at: datetime
    ends_at: datetime
    step_seconds: int
    whole_at: datetime
    """When all of it has passed: a margin after the resolution."""

    @property
    def whole(self) -> bool:
        """Whether all of it has passed."""
        return self.ends_at >= self.whole_at


@dataclass(frozen=True, slots=True)
class Wanted:
    """A metric to be asked for, and the account that is asked."""

    service_id: int
    name: str
    query: str
    unit: str
    vendor: str
    configuration: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: series as they are kept, or why there are none."""

    wanted: Wanted
    series: list[dict[str, Any]]
    left_out: int = 0
    error: str | None = None
    lasting: bool = False
    """Whether asking again would not help: the query is wrong, or the address."""


def window_of(incident: Incident, moment: datetime) -> Window | None:
    """The time that is looked at, seen from a moment; None before the resolution."""
    if incident.resolved_at is None or incident.stage not in LEARNING_STAGES:
        return None
    since = min(incident.impact_started_at or incident.detected_at, incident.detected_at)
    margin = max(MARGIN, (incident.resolved_at - since) / 10)
    starts, ends = since - margin, incident.resolved_at + margin
    step = max(FINEST, ceil((ends - starts) / timedelta(seconds=POINTS) / FINEST) * FINEST)
    return Window(starts, min(ends, moment), step, ends)


async def order_measuring(session: AsyncSession, incident: Incident) -> None:
    """Queue the measuring of an incident, if its services have metrics that were not asked for its time yet."""
    window = window_of(incident, now(session))
    if window is not None and await _missing(session, incident, window):
        enqueue(session, JobName.METRIC_MEASURE, incident_id=incident.id)


async def to_measure(session: AsyncSession, incident_id: int) -> tuple[Window, list[Wanted]] | None:
    """What is to be asked for an incident now, and over which time; None if nothing is."""
    incident = await session.get_one(Incident, incident_id)
    window = window_of(incident, now(session))
    if window is None:
        return None
    rows = await _missing(session, incident, window)
    keys = {metric.integration_id for metric in rows}
    accounts = {row.id: row for row in await session.scalars(select(Integration).where(Integration.id.in_(keys)))}
    secrets = session.info["secrets"]
    return window, [
        Wanted(
            metric.service_id,
            metric.name,
            metric.query,
            metric.unit,
            accounts[metric.integration_id].vendor,
            {**accounts[metric.integration_id].configuration, **opened(secrets, accounts[metric.integration_id])},
        )
        for metric in rows
        if not accounts[metric.integration_id].archived
    ]


async def _missing(session: AsyncSession, incident: Incident, window: Window) -> list[ServiceMetric]:
    """The metrics of an incident's services of which nothing is kept for this window, and that are still tried."""
    own = (
        select(ServiceMetric)
        .join(IncidentService, IncidentService.service_id == ServiceMetric.service_id)
        .where(IncidentService.incident_id == incident.id)
        .order_by(ServiceMetric.service_id, ServiceMetric.position)
    )
    metrics = list(await session.scalars(own))
    if not metrics:
        return []
    kept = {row_key(row): row for row in await _snapshots(session, incident)}

    def settled(metric: ServiceMetric) -> bool:
        row = kept.get((metric.service_id, metric.name))
        if row is None or row.query != metric.query or row.starts_at != window.starts_at:
            return False
        tried = row.error is None or row.attempts >= TRIES
        return tried and (row.ends_at == window.ends_at or not window.whole)

    return [metric for metric in metrics if not settled(metric)]


def row_key(row: MetricSnapshot | Wanted) -> tuple[int, str]:
    """What a snapshot is of."""
    return row.service_id, row.name


async def _snapshots(session: AsyncSession, incident: Incident) -> list[MetricSnapshot]:
    return list(await session.scalars(select(MetricSnapshot).where(MetricSnapshot.incident_id == incident.id)))


async def keep_measured(session: AsyncSession, incident_id: int, window: Window, outcomes: Sequence[Outcome]) -> None:
    """Keep what was measured, with an event that says so, and have asked again later what could not be read."""
    incident = await find_incident(session, SYSTEM, str(incident_id))
    if not outcomes or window_of(incident, now(session)) is None:
        return
    moment = now(session)
    kept = {row_key(row): row for row in await _snapshots(session, incident)}
    rows = []
    for outcome in outcomes:
        row = kept.get(row_key(outcome.wanted))
        if row is None:
            row = MetricSnapshot(incident_id=incident.id, service_id=outcome.wanted.service_id, attempts=0)
            row.name = outcome.wanted.name
            session.add(row)
        again = row.starts_at == window.starts_at if row.id is not None else False
        tried = row.attempts + 1 if again else 1
        row.attempts = 0 if outcome.error is None else max(tried, TRIES) if outcome.lasting else tried
        row.query, row.unit = outcome.wanted.query, outcome.wanted.unit
        row.starts_at, row.ends_at, row.step_seconds = window.starts_at, window.ends_at, window.step_seconds
        row.series, row.left_out, row.error = outcome.series, outcome.left_out, outcome.error
        row.measured_at = moment
        rows.append(row)
    await session.flush()
    good, bad = [r.id for r in rows if r.error is None], [r.id for r in rows if r.error is not None]
    record(session, SYSTEM, MetricMeasured(snapshot_ids=good, failed_ids=bad), incident=incident)
    if any(row.error is not None and row.attempts < TRIES for row in rows):
        enqueue(session, JobName.METRIC_MEASURE, run_at=moment + AGAIN, incident_id=incident.id)
    elif not window.whole:
        enqueue(session, JobName.METRIC_MEASURE, run_at=window.whole_at, incident_id=incident.id)
