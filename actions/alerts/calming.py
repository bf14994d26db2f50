"""What the timers do about alerts that flapped: those that are calm are what their monitors last said of them."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.ending import end_incidents
from actions.alerts.paged import settle
from actions.alerts.quiet import let_loose
from actions.alerts.rows import Known
from actions.find import find_incidents
from actions.record import now, record
from auth.actor import SYSTEM, integration
from core.db import Database
from models.alert import Alert, AlertSource
from models.facts.alerting import AlertCalmed, AlertResolved
from models.flapping import AlertFlapping
from models.incident import Incident
from models.words import AlertState


async def sweep_flapping(database: Database) -> int:
    """End the flapping of one alert that has been calm; how many that were.

    It fires on if its monitor last said so, under the start that this gave. Else it is resolved, and its incident ends
    if the rule says so.
    """
    async with database.unit_of_work() as session:
        due = (
            select(AlertFlapping.alert_id, Alert.incident_id)
            .join(Alert, Alert.id == AlertFlapping.alert_id)
            .where(AlertFlapping.calm_at <= now(session))
            .order_by(AlertFlapping.calm_at)
            .limit(1)
        )
        found = (await session.execute(due)).one_or_none()
        if found is None:
            return 0
        home = {"alert": str(found.incident_id)} if found.incident_id is not None else {}
        incidents = await find_incidents(session, SYSTEM, home)
        alert = await session.get_one(Alert, found.alert_id, with_for_update={"key_share": True})
        flaps = select(AlertFlapping).where(
            AlertFlapping.alert_id == found.alert_id, AlertFlapping.calm_at <= now(session)
        )
        row = await session.scalar(flaps.with_for_update())
        if row is None or alert.incident_id != found.incident_id:
            return 0  # it changed, or was moved, at this moment: the next look finds it
        await _calm(session, alert, row, incidents.get("alert"))
        return 1


async def _calm(session: AsyncSession, alert: Alert, row: AlertFlapping, incident: Incident | None) -> None:
    source = await session.get_one(AlertSource, alert.source_id)
    actor = integration(source.id, source.name)
    alert.flapping_since, alert.starts_at = None, row.starts_at
    record(session, actor, AlertCalmed(alert_id=alert.id, title=alert.title, changes=row.changed), incident=incident)
    await session.delete(row)
    if row.ended_at is None or alert.state is AlertState.RESOLVED:
        return
    alert.state, alert.resolved_at = AlertState.RESOLVED, row.ended_at
    let_loose(alert)
    fact = AlertResolved(alert_id=alert.id, title=alert.title)
    record(session, actor, fact, incident=incident, occurred_at=row.ended_at)
    await session.flush()
    await settle(session, [alert.paging_run_id])
    if incident is not None:
        known = Known(
            *(alert.id, alert.fingerprint, alert.starts_at, alert.state, alert.title, alert.incident_id, alert.rule_id),
            alert.paging_run_id,
        )
        await end_incidents(session, [known], {incident.id: incident}, source.name)


async def stop_flapping(session: AsyncSession, alert: Alert) -> None:
    """Somebody ended an alert by hand: it stands for nothing any more. Its row is locked."""
    if alert.flapping_since is not None:
        alert.flapping_since = None
        await session.execute(delete(AlertFlapping).where(AlertFlapping.alert_id == alert.id))
