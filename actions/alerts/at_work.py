"""Alerts while planned work runs: what fires already when it begins is held back, as what comes meanwhile is."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.holds import held_by_work
from actions.alerts.paged import settle
from actions.alerts.quiet import MOST_HELD, put, record_held
from actions.record import now
from auth.actor import SYSTEM
from models.alert import Alert
from models.maintenance import RUNNING, Maintenance, MaintenanceComponent
from models.service import ServiceComponent
from models.words import AlertState


async def begin_works(session: AsyncSession) -> int:
    """Hold back what fires on the services of one planned work that began: 1 if there was one, else 0.

    At most the newest 1,000 alerts, and none that belongs to an incident or that somebody looks at.
    """
    due = (Maintenance.state.in_(RUNNING), Maintenance.quiet_alerts, Maintenance.alerts_held_at.is_(None))
    found = select(Maintenance).where(*due).order_by(Maintenance.id).limit(1)
    work = await session.scalar(found.with_for_update(key_share=True, skip_locked=True))
    if work is None:
        return 0
    work.alerts_held_at = now(session)
    services = (
        select(ServiceComponent.service_id)
        .join(MaintenanceComponent, MaintenanceComponent.component_id == ServiceComponent.component_id)
        .where(MaintenanceComponent.maintenance_id == work.id)
    )
    alone = (Alert.state == AlertState.FIRING, Alert.incident_id.is_(None), Alert.service_id.in_(services))
    newest = select(Alert.id).where(*alone).order_by(Alert.id.desc()).limit(MOST_HELD)
    keys = list(await session.scalars(newest))
    # Locked in the order of their ids, as the intake does; some may have moved since they were read.
    still = select(Alert).where(Alert.id.in_(keys), *alone).order_by(Alert.id).with_for_update(key_share=True)
    hold = held_by_work(work.id, work.title)
    alerts = (await session.scalars(still)).all() if keys else ()
    for alert in alerts:
        alert.state = AlertState.SUPPRESSED
        put(alert, hold)
        record_held(session, SYSTEM, alert.id, alert.title, hold)
    await settle(session, {alert.paging_run_id for alert in alerts}, hold.because)
    return 1
