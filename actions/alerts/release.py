"""What the timers do about silences: begin those whose time has come, and let go what those that are over held.

What is let go is routed as a new alert would be now: by today's rules, or held by another silence. One group in a unit
of work, with the locks of the intake in their order: the group's, its incident, its alerts.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.bundles import bundled, key_of
from actions.alerts.group import NormalisedAlert, together
from actions.alerts.paged import Arrival, page_for
from actions.alerts.placing import Taking, keys_of, lock_keys, place, standing_of
from actions.alerts.questions import open_for
from actions.alerts.quiet import hold_firing, lasting, record_dropped, record_held, silence_of
from actions.alerts.routing import Route, incident_of_group, read_routes, route_of
from actions.alerts.rows import Fresh, lock_group
from actions.find import find_incidents
from actions.record import now, record
from auth.actor import SYSTEM, Actor, integration
from core.db import Database
from models.alert import Alert, AlertSource
from models.facts.alerting import AlertReleased
from models.silence import Silence
from models.words import AlertState

MOST = 500
"""Alerts of a group that are let go at once."""


async def sweep_silences(database: Database) -> int:
    """Begin one silence that is due, and let go one group of alerts whose silence is over; how much that was."""
    async with database.unit_of_work() as session:
        begun = await _begin(session)
    async with database.unit_of_work() as session:
        return begun + await _let_go(session)


async def _begin(session: AsyncSession) -> int:
    moment = now(session)
    due = (Silence.ends_at > moment, Silence.starts_at <= moment, Silence.held_at.is_(None))
    found = select(Silence).where(*due).order_by(Silence.id).limit(1)
    silence = await session.scalar(found.with_for_update(key_share=True, skip_locked=True))
    if silence is None:
        return 0
    await hold_firing(session, SYSTEM, silence)
    return 1


async def _let_go(session: AsyncSession) -> int:
    over = (
        select(Alert.source_id, Alert.group_key, AlertSource.name)
        .join(Silence, Silence.id == Alert.silence_id)
        .join(AlertSource, AlertSource.id == Alert.source_id)
        .where(Alert.silence_id.is_not(None), Silence.ends_at <= now(session))
    )
    first = (await session.execute(over.order_by(Alert.silence_id, Alert.id).limit(1))).one_or_none()
    if first is None:
        return 0
    source_id, group_key, name = first
    await lock_group(session, source_id, group_key)
    alerts = await _held(session, source_id, group_key, lock=False)
    silences, routes = await lasting(session), await read_routes(session)
    going = {alert.id: _looked_at(alert, routes, silences, name) for alert in alerts}
    bundles = bundled((each.alert, each.route) for each in going.values() if each.suppressed_because is None)
    arrival = Arrival(source_id, group_key)
    free_now = [(each.alert, each.route) for each in going.values() if each.suppressed_because is None]
    await lock_keys(session, [*keys_of(bundles), *arrival.keys(free_now)])
    own = await incident_of_group(session, source_id, group_key)
    found = await standing_of(session, bundles, own)
    if joins := {incident.id for incident in found.joins.values()}:
        await find_incidents(session, SYSTEM, {str(key): str(key) for key in joins})
        own = await incident_of_group(session, source_id, group_key)
        found = await standing_of(session, bundles, own)
        if not {incident.id for incident in found.joins.values()} <= joins:
            return 0  # it was merged at this moment: the next look finds where it went
    locked = [alert for alert in await _held(session, source_id, group_key, lock=True) if alert.id in going]
    actor = integration(source_id, name)
    free: dict[tuple[str, datetime], int] = {}
    silenced_by = {alert.id: alert.silence_id or 0 for alert in locked}
    for alert in locked:
        fresh = going[alert.id]
        _let(session, actor, alert, fresh)
        if fresh.suppressed_because is None:
            free[fresh.alert.identity] = alert.id
    await session.flush()
    delivered = together(group_key, [going[alert.id].alert for alert in locked]) if locked else None
    homes = await place(Taking(session, actor, source_id, delivered, free), bundles, found) if delivered else {}
    for alert in locked:
        if going[alert.id].suppressed_because is None:
            released = AlertReleased(alert_id=alert.id, silence_id=silenced_by[alert.id], title=alert.title)
            record(session, actor, released, incident=homes.get(alert.id))
    loose = [
        (alert.id, fresh.alert, fresh.route)
        for alert in locked
        if (fresh := going[alert.id]).route is not None and fresh.suppressed_because is None and alert.id not in homes
    ]
    for keys in await page_for(session, actor, arrival, loose):
        await open_for(session, actor, keys)
    return len(locked)


def _looked_at(alert: Alert, routes: Sequence[Route], silences: Sequence[Silence], source: str) -> Fresh:
    """The alert as if it came now."""
    delivered = _as_delivered(alert)
    route = route_of(routes, delivered, source)
    service_id = (route.service_id if route else None) or alert.service_id
    return Fresh(delivered, route, silence_of(silences, alert.source_id, service_id, alert.labels))


def _let(session: AsyncSession, actor: Actor, alert: Alert, fresh: Fresh) -> None:
    """Have an alert fire again, or be held back by what holds it now."""
    alert.silence_id = fresh.silence.id if fresh.silence is not None else None
    alert.suppressed_because = fresh.suppressed_because
    if fresh.silence is not None:
        record_held(session, SYSTEM, alert.id, alert.title, fresh.silence)
        return
    route = fresh.route
    alert.service_id = (route.service_id if route else None) or alert.service_id
    alert.rule_id, alert.bundle = (route.rule.id if route else None), key_of(fresh.alert, route)
    if route is not None and fresh.suppressed_because is not None:
        record_dropped(session, actor, alert.id, alert.title, route)
    else:
        alert.state = AlertState.FIRING


async def _held(session: AsyncSession, source_id: int, group_key: str, *, lock: bool) -> Sequence[Alert]:
    """The alerts of a group whose silence is over, in the order of their ids."""
    found = (
        select(Alert)
        .join(Silence, Silence.id == Alert.silence_id)
        .where(
            Alert.silence_id.is_not(None),
            Silence.ends_at <= now(session),
            Alert.source_id == source_id,
            Alert.group_key == group_key,
        )
        .order_by(Alert.id)
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(found.with_for_update(of=Alert, key_share=True) if lock else found)).all()


def _as_delivered(alert: Alert) -> NormalisedAlert:
    return NormalisedAlert(
        fingerprint=alert.fingerprint,
        title=alert.title,
        firing=True,
        starts_at=alert.starts_at,
        labels=alert.labels,
        annotations=alert.annotations,
        url=alert.url,
    )
