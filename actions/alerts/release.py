"""What the timers do about silences: begin those whose time has come, and let go what those that are over held.

What is let go is routed as a new alert would be now: by today's rules, or held by another silence. One group in a unit
of work, with the locks of the intake in their order: the group's, its incident, its alerts.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.quiet import because, hold_firing, lasting, record_held, silence_of
from actions.alerts.routing import Route, incident_of_group, read_routes, remember_group, report_group, route_of
from actions.alerts.rows import link_all, lock_group
from actions.find import find_incidents
from actions.record import now, record
from auth.actor import SYSTEM, Actor, integration
from core.db import Database
from models.alert import Alert, AlertSource
from models.facts.alerting import AlertReleased
from models.incident import Incident
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
    standing = await incident_of_group(session, source_id, group_key)
    if standing is not None:
        await find_incidents(session, SYSTEM, {"incident": str(standing.id)})
        again = await incident_of_group(session, source_id, group_key)
        if again is None or again.id != standing.id:
            return 0  # it was merged at this moment: the next look finds where it went
    alerts = await _held(session, source_id, group_key)
    silences, routes = await lasting(session), await read_routes(session)
    going: list[tuple[Alert, Route | None]] = []
    for alert in alerts:
        route = route_of(routes, _as_delivered(alert))
        service_id = (route.service_id if route else None) or alert.service_id
        next_one = silence_of(silences, source_id, service_id, alert.labels)
        if next_one is not None:
            alert.silence_id, alert.suppressed_because = next_one.id, because(next_one)
            record_held(session, SYSTEM, alert.id, alert.title, next_one)
            continue
        alert.service_id = service_id
        going.append((alert, route))
    await _route(session, integration(source_id, name), group_key, going, standing)
    return len(alerts)


async def _held(session: AsyncSession, source_id: int, group_key: str) -> Sequence[Alert]:
    """The alerts of a group whose silence is over, locked in the order of their ids."""
    found = await session.scalars(
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
        .with_for_update(of=Alert, key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _route(
    session: AsyncSession,
    actor: Actor,
    group_key: str,
    going: Sequence[tuple[Alert, Route | None]],
    incident: Incident | None,
) -> None:
    """Let alerts fire again; those that a rule makes an incident of join the group's, or become a new one."""
    silenced_by = {alert.id: alert.silence_id or 0 for alert, _ in going}
    for alert, _ in going:
        alert.state, alert.silence_id, alert.suppressed_because = AlertState.FIRING, None, None
    await session.flush()
    belonging = [(alert, route) for alert, route in going if route is not None and route.creates]
    if belonging:
        if incident is None or not incident.is_open:
            delivered = [(_as_delivered(alert), route) for alert, route in belonging]
            group = _group(group_key, [alert for alert, _ in delivered])
            incident = await report_group(session, actor, group, delivered)
            await remember_group(session, belonging[0][0].source_id, group_key, incident)
        await link_all(session, [alert.id for alert, _ in belonging], incident.id)
    linked = {alert.id for alert, _ in belonging}
    for alert, _ in going:
        released = AlertReleased(alert_id=alert.id, silence_id=silenced_by[alert.id], title=alert.title)
        record(session, actor, released, incident=incident if alert.id in linked else None)


def _group(key: str, alerts: Sequence[NormalisedAlert]) -> NormalisedGroup:
    """The group as its monitor would deliver it now: what the alerts share, and the name that they have in common."""
    labels, annotations = _shared([a.labels for a in alerts]), _shared([a.annotations for a in alerts])
    name = labels.get("alertname") or alerts[0].title
    return NormalisedGroup(key, name, tuple(alerts), labels, annotations)


def _shared(texts: Sequence[dict[str, str]]) -> dict[str, str]:
    return {name: text for name, text in texts[0].items() if all(other.get(name) == text for other in texts)}


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
