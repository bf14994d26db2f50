"""What an incident holds of alerts, by service and monitor; and the storm that goes on."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from auth.visibility import visible_to
from models.alert import Alert, AlertSource
from models.incident import Incident
from models.service import Service
from models.storm import AlertStorm
from models.words import AlertState
from resolvers.context import Context
from resolvers.incidents import incident as find_incident

MOST_PARTS = 200


class Part(NamedTuple):
    """Alerts of one service and one monitor."""

    service: str | None
    source: str
    alerts: int
    firing: int


class Breakdown(NamedTuple):
    """What an incident holds of alerts."""

    reference: str
    alerts: int
    firing: int
    storm_began_at: datetime | None
    storm_ended_at: datetime | None
    parts: list[Part]
    """Those with the most first; at most 200."""


async def alert_breakdown(ctx: Context, *, incident: str) -> Breakdown | None:
    """The alerts of an incident, counted by service and monitor; None if there is none that the viewer may see."""
    found = await find_incident(ctx, ref=incident)
    if found is None:
        return None
    count, fires = func.count(), func.count().filter(Alert.state != AlertState.RESOLVED)
    rows = await ctx.reader.execute(
        select(Service.name, AlertSource.name, count, fires)
        .select_from(Alert)
        .join(AlertSource, AlertSource.id == Alert.source_id)
        .outerjoin(Service, Service.id == Alert.service_id)
        .where(Alert.incident_id == found.id)
        .group_by(Service.name, AlertSource.name)
        .order_by(count.desc(), AlertSource.name, Service.name)
    )
    parts = [Part(*row) for row in rows]
    mine = select(AlertStorm.began_at, AlertStorm.ended_at).where(AlertStorm.incident_id == found.id)
    storm = next(iter(await ctx.reader.execute(mine.order_by(AlertStorm.id.desc()).limit(1))), None)
    return Breakdown(
        found.reference,
        sum(part.alerts for part in parts),
        sum(part.firing for part in parts),
        storm.began_at if storm is not None else None,
        storm.ended_at if storm is not None else None,
        parts[:MOST_PARTS],
    )


class GoingOn(NamedTuple):
    """A storm that goes on."""

    reference: str
    began_at: datetime


async def storm_now(ctx: Context) -> GoingOn | None:
    """The storm that goes on, if its viewer may see its incident."""
    found = await ctx.reader.execute(
        select(Incident.id, AlertStorm.began_at)
        .join(AlertStorm, AlertStorm.incident_id == Incident.id)
        .where(AlertStorm.ended_at.is_(None), visible_to(ctx.actor))
    )
    row = next(iter(found), None)
    return None if row is None else GoingOn(f"INC-{row.id}", row.began_at)
