"""What the timers do about alerts that are held back: begin what is due, and let go what is over.

A silence that begins, and planned work, hold back what fires already. What still fires when that is over, or when its
time has come after somebody snoozed it, is routed as a new alert would be now: by today's rules, or held by something
else. One that was snoozed in an incident that is still open wakes there, and pages again. One group in a unit of work,
with the locks of the intake in their order: the group's, its incident, its alerts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Subquery, and_, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.at_work import begin_works
from actions.alerts.bundles import Bundle, bundled, key_of
from actions.alerts.group import together
from actions.alerts.holds import Holds, read_holds
from actions.alerts.paged import Arrival, page_for
from actions.alerts.placing import Standing, Taking, keys_of, lock_keys, place, standing_of
from actions.alerts.questions import open_for
from actions.alerts.quiet import hold_firing, put, record_dropped, record_held
from actions.alerts.routing import Route, incident_of_group, read_routes, route_of
from actions.alerts.rows import Fresh, as_delivered, lock_group
from actions.find import find_incidents
from actions.paging.starting import begin_paging
from actions.record import now, record
from auth.actor import SYSTEM, Actor, integration
from core.db import Database
from models.alert import Alert, AlertSource
from models.facts.alerting import AlertReleased, AlertUnlinked
from models.incident import Incident
from models.maintenance import RUNNING, Maintenance
from models.severity import SeverityVersion
from models.silence import Silence
from models.words import AlertState

LATE = timedelta(seconds=6)
"""An intake that began before a silence has ended by then: transactions take 5 seconds at most."""
MOST = 500
"""Alerts of a group that are let go at once."""


async def sweep_silences(database: Database) -> int:
    """Begin a silence and planned work that are due, and let go one group of alerts; how much that was."""
    async with database.unit_of_work() as session:
        begun = await _begin(session)
    async with database.unit_of_work() as session:
        begun += await begin_works(session)
    async with database.unit_of_work() as session:
        return begun + await _let_go(session)


async def _begin(session: AsyncSession) -> int:
    """Have a silence hold what fires: when it begins, and once more when all has committed that did not see it."""
    moment = now(session)
    late = (Silence.held_at < Silence.starts_at + LATE, Silence.starts_at <= moment - LATE)
    due = (Silence.ends_at > moment, Silence.starts_at <= moment, or_(Silence.held_at.is_(None), and_(*late)))
    found = select(Silence).where(*due).order_by(Silence.id).limit(1)
    silence = await session.scalar(found.with_for_update(key_share=True, skip_locked=True))
    if silence is None:
        return 0
    await hold_firing(session, SYSTEM, silence)
    return 1


async def _let_go(session: AsyncSession) -> int:
    over = select(Alert.source_id, Alert.group_key, AlertSource.name).join(AlertSource)
    first = (
        await session.execute(over.where(Alert.id == select(_over(session).c.id).limit(1).scalar_subquery()))
    ).one_or_none()
    if first is None:
        return 0
    source_id, group_key, name = first
    await lock_group(session, source_id, group_key)
    alerts = await _held(session, source_id, group_key, lock=False)
    holds, routes = await read_holds(session, source_id, group_key), await read_routes(session)
    going = {alert.id: _looked_at(alert, routes, holds, name) for alert in alerts}
    homes = await _homes(session, alerts)
    bundles = _bundles(alerts, going, homes)
    arrival = Arrival(source_id, group_key)
    free = [(each.alert, each.route) for each in going.values() if each.suppressed_because is None]
    await lock_keys(session, [*keys_of(bundles), *arrival.keys(free)])
    found = await _standing(session, source_id, group_key, bundles)
    needed = found.concerned | {a.incident_id for a in alerts if a.incident_id}
    if needed:
        await find_incidents(session, SYSTEM, {str(key): str(key) for key in needed})
        homes = await _homes(session, alerts)
        bundles = _bundles(alerts, going, homes)
        found = await _standing(session, source_id, group_key, bundles)
        if not found.concerned <= needed:
            return 0  # it was merged at this moment: the next look finds where it went
    locked = [alert for alert in await _held(session, source_id, group_key, lock=True) if alert.id in going]
    if not {alert.incident_id for alert in locked if alert.incident_id} <= needed:
        return 0
    await _settle(session, Group(source_id, group_key, name), locked, Found(going, homes, bundles, found))
    return len(locked)


class Group(NamedTuple):
    """A group of a monitor."""

    source_id: int
    key: str
    source: str


class Found(NamedTuple):
    """What was found out of held alerts before any was touched."""

    going: Mapping[int, Fresh]
    """Each as if it came now."""
    homes: Mapping[int, Incident]
    """The open incidents to which some belong already."""
    bundles: Sequence[Bundle]
    standing: Standing


async def _settle(session: AsyncSession, group: Group, alerts: Sequence[Alert], found: Found) -> None:
    """Let alerts go that are locked, with their incidents: each to an incident, to what holds it now, or home."""
    actor = integration(group.source_id, group.source)
    free: dict[tuple[str, datetime], int] = {}
    held_by = {alert.id: (alert.silence_id, alert.maintenance_id) for alert in alerts}
    for alert in alerts:
        fresh, home = found.going[alert.id], found.homes.get(alert.incident_id or 0)
        if alert.incident_id is not None and home is None:
            _leave(session, actor, alert, await session.get_one(Incident, alert.incident_id))
        _let(session, actor, alert, fresh, home)
        if fresh.suppressed_because is None and home is None:
            free[fresh.alert.identity] = alert.id
    await session.flush()
    placed: Mapping[int, Incident] = {}
    if alerts:
        delivered = together(group.key, [found.going[alert.id].alert for alert in alerts])
        taking = Taking(session, actor, group.source_id, delivered, free)
        placed = await place(taking, found.bundles, found.standing)
    woken: dict[int, Incident] = {}
    for alert in alerts:
        if alert.state is AlertState.FIRING:
            silence_id, work = held_by[alert.id]
            home = found.homes.get(alert.incident_id or 0) if alert.id not in placed else None
            told = AlertReleased(alert_id=alert.id, silence_id=silence_id, title=alert.title, maintenance_id=work)
            record(session, actor, told, incident=placed.get(alert.id, home))
            if home is not None:
                woken[home.id] = home
    await _page_again(session, woken.values())
    loose = [
        (alert.id, fresh.alert, fresh.route)
        for alert in alerts
        if alert.state is AlertState.FIRING
        and alert.id not in placed
        and alert.incident_id is None
        and (fresh := found.going[alert.id]).route is not None
    ]
    for keys in await page_for(session, actor, Arrival(group.source_id, group.key), loose):
        await open_for(session, actor, keys)


def _over(session: AsyncSession) -> Subquery:
    """The keys of the alerts that nothing holds any more; each part by its own index."""
    moment = now(session)
    works = Maintenance.state.not_in(RUNNING) | ~Maintenance.quiet_alerts
    parts = (
        select(Alert.id).join(Silence).where(Alert.silence_id.is_not(None), Silence.ends_at <= moment),
        select(Alert.id).join(Maintenance).where(Alert.maintenance_id.is_not(None), works),
        select(Alert.id).where(Alert.snoozed_until.is_not(None), Alert.snoozed_until <= moment),
    )
    return union_all(*parts).subquery()


async def _homes(session: AsyncSession, alerts: Iterable[Alert]) -> dict[int, Incident]:
    """The open incidents to which held alerts belong already, by key."""
    keys = {alert.incident_id for alert in alerts if alert.incident_id is not None}
    if not keys:
        return {}
    found = select(Incident).where(Incident.id.in_(keys)).execution_options(populate_existing=True)
    return {incident.id: incident for incident in await session.scalars(found) if incident.is_open}


def _bundles(alerts: Iterable[Alert], going: Mapping[int, Fresh], homes: Mapping[int, Incident]) -> list[Bundle]:
    """What is routed anew: all but what is held by something else, or wakes where it belongs."""
    anew = (going[alert.id] for alert in alerts if alert.incident_id not in homes)
    return bundled((each.alert, each.route) for each in anew if each.suppressed_because is None)


async def _standing(session: AsyncSession, source_id: int, group_key: str, bundles: Sequence[Bundle]) -> Standing:
    return await standing_of(session, bundles, await incident_of_group(session, source_id, group_key))


def _looked_at(alert: Alert, routes: Sequence[Route], holds: Holds, source: str) -> Fresh:
    """The alert as if it came now."""
    delivered = as_delivered(alert)
    route = route_of(routes, delivered, source)
    service_id = (route.service_id if route else None) or alert.service_id
    return Fresh(delivered, route, holds.of(alert.source_id, service_id, alert.labels))


def _leave(session: AsyncSession, actor: Actor, alert: Alert, incident: Incident) -> None:
    """Take an alert out of an incident that ended meanwhile: it is news again."""
    record(session, actor, AlertUnlinked(alert_id=alert.id, title=alert.title), incident=incident)
    alert.incident_id = None


def _let(session: AsyncSession, actor: Actor, alert: Alert, fresh: Fresh, home: Incident | None) -> None:
    """Have an alert fire again, or be held back by what holds it now."""
    if home is not None:
        put(alert, fresh.hold if fresh.hold is not None and fresh.hold.snoozed_until is not None else None)
        alert.state = AlertState.SUPPRESSED if alert.snoozed_until is not None else AlertState.FIRING
        return
    put(alert, fresh.hold)
    alert.suppressed_because = fresh.suppressed_because
    if fresh.hold is not None:
        record_held(session, SYSTEM, alert.id, alert.title, fresh.hold)
        return
    route = fresh.route
    alert.service_id = (route.service_id if route else None) or alert.service_id
    alert.rule_id, alert.bundle = (route.rule.id if route else None), key_of(fresh.alert, route)
    if route is not None and fresh.suppressed_because is not None:
        record_dropped(session, actor, alert.id, alert.title, route)
    else:
        alert.state = AlertState.FIRING


async def _page_again(session: AsyncSession, incidents: Iterable[Incident]) -> None:
    """Page anew for incidents in which alerts woke, as their severities oblige to. They are locked."""
    for incident in sorted(incidents, key=lambda each: each.id):
        if incident.severity_version_id is not None and incident.declared_at is not None:
            severity = await session.get_one(SeverityVersion, incident.severity_version_id)
            await begin_paging(session, SYSTEM, incident, severity, anew=True)


async def _held(session: AsyncSession, source_id: int, group_key: str, *, lock: bool) -> Sequence[Alert]:
    """The alerts of a group that nothing holds any more, in the order of their ids."""
    over = _over(session)
    found = (
        select(Alert)
        .where(Alert.id.in_(select(over.c.id)), Alert.source_id == source_id, Alert.group_key == group_key)
        .order_by(Alert.id)
        .limit(MOST)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(found.with_for_update(of=Alert, key_share=True) if lock else found)).all()
