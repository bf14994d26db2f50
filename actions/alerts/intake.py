"""What a monitor delivers: a group of alerts, each of them new, repeated, or ended.

One unit of work a group. Locks in this order: the group's advisory lock, so that two deliveries of it wait for each
other; the incidents concerned, by id; alert rows; the feed. Repeats are counters: no event, no incident.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.continuing import continued
from actions.alerts.group import NormalisedAlert, NormalisedGroup, Receipt, fold
from actions.alerts.quiet import lasting, record_held, silence_of
from actions.alerts.routing import Route, incident_of_group, read_routes, remember_group, report_group, route_of
from actions.alerts.rows import Known, count_repeats, insert_new, link_all, lock_group, read_known, touch_source
from actions.find import find_incidents
from actions.record import now, record
from auth.actor import SYSTEM, Actor, integration
from auth.permission import Permission, require
from core.errors import DomainError, conflict
from models.alert import AlertSource
from models.facts.alerting import AlertReceived, AlertResolved
from models.incident import Incident
from models.silence import Silence
from models.words import AlertState

ATTEMPTS = 5
"""How often these alerts may move between two reads before the monitor is asked to deliver again."""

Identity = tuple[str, datetime]
Routed = Sequence[tuple[NormalisedAlert, Route | None]]
Held = Mapping[Identity, Silence]
"""The new alerts that a silence holds back."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A group on its way in. `alerts` are folded: each once."""

    session: AsyncSession
    actor: Actor
    source_id: int
    group: NormalisedGroup
    alerts: Sequence[NormalisedAlert]


@dataclass(frozen=True, slots=True)
class Survey:
    """How a delivery meets the tables: which of its alerts are new, and which incidents must be locked for it."""

    new: Sequence[NormalisedAlert]
    standing: Incident | None
    """The incident of the group so far, open or not."""
    concerned: frozenset[int]


async def receive_group(session: AsyncSession, source: AlertSource, group: NormalisedGroup) -> Receipt:
    """Store a delivery. Each alert is taken by its own status, and is the same alert by fingerprint and start.

    New firing alerts are routed (the first rule that matches); those that a rule with ALWAYS matches join the group's
    open incident, else become a new one in DETECTION. Those that a silence matches are kept as SUPPRESSED, and make
    none. A firing alert that comes after its end does not reopen it; one that ended unseen is stored as such and makes
    no incident. CONFLICT (nothing is written; deliver again) if others
    keep moving these alerts at the same moment.
    """
    actor = integration(source.id, source.name)
    require(actor, Permission.REPORT)
    await lock_group(session, source.id, group.key)
    group = await continued(session, source.id, group)
    delivery = Delivery(session, actor, source.id, group, fold(group.alerts))
    await touch_source(session, source.id, now(session))
    survey, locked = await _lock_incidents(delivery)
    routes = await read_routes(session) if survey.new else []
    routed = [(alert, route_of(routes, alert)) for alert in survey.new]
    held = await _held(delivery, routed)
    created, incident = await _take_new(delivery, routed, held, survey.standing)
    await _take_repeats(delivery, [a for a in delivery.alerts if a.identity not in created], locked)
    return Receipt(
        received=len(group.alerts),
        created=len(created),
        repeated=len(group.alerts) - len(created),
        incident=incident.reference if incident is not None and incident.is_open and not incident.private else None,
    )


async def _survey(delivery: Delivery) -> Survey:
    known = {k.identity: k for k in await read_known(delivery.session, delivery.source_id, delivery.alerts)}
    standing = await incident_of_group(delivery.session, delivery.source_id, delivery.group.key)
    new = [alert for alert in delivery.alerts if alert.identity not in known]
    concerned = {k.incident_id for a in delivery.alerts if (k := known.get(a.identity)) and _ends(k, a)}
    if standing is not None and any(alert.firing for alert in new):
        concerned.add(standing.id)
    return Survey(new, standing, frozenset(key for key in concerned if key is not None))


async def _lock_incidents(delivery: Delivery) -> tuple[Survey, dict[int, Incident]]:
    """Lock the incidents concerned. Links and merges may move the alerts until then: so look again, or begin anew."""
    for _ in range(ATTEMPTS):
        survey = await _survey(delivery)
        if not survey.concerned:
            return survey, {}
        savepoint = await delivery.session.begin_nested()
        found = await find_incidents(delivery.session, SYSTEM, {str(key): str(key) for key in survey.concerned})
        survey = await _survey(delivery)
        if survey.concerned <= {incident.id for incident in found.values()}:
            await savepoint.commit()
            return survey, {incident.id: incident for incident in found.values()}
        await savepoint.rollback()
    raise _moving()


async def _held(delivery: Delivery, routed: Routed) -> Held:
    firing = [(alert, route.service_id if route else None) for alert, route in routed if alert.firing]
    silences = await lasting(delivery.session) if firing else []
    found = {a.identity: silence_of(silences, delivery.source_id, service, a.labels) for a, service in firing}
    return {identity: silence for identity, silence in found.items() if silence is not None}


async def _take_new(
    delivery: Delivery, routed: Routed, held: Held, standing: Incident | None
) -> tuple[dict[Identity, int], Incident | None]:
    """Store the alerts that are new; their keys, and the incident that their group belongs to now."""
    if not routed:
        return {}, standing
    session, source_id, group = delivery.session, delivery.source_id, delivery.group
    rows = [(alert, route.service_id if route else None, held.get(alert.identity)) for alert, route in routed]
    created = await insert_new(session, source_id, group.key, rows, now(session))
    belonging = [
        (alert, route)
        for alert, route in routed
        if alert.firing and route and route.creates and alert.identity in created and alert.identity not in held
    ]
    incident = standing
    if belonging:
        if incident is None or not incident.is_open:
            incident = await report_group(session, delivery.actor, group, belonging)
            await remember_group(session, source_id, group.key, incident)
        await link_all(session, [created[alert.identity] for alert, _ in belonging], incident.id)
    linked = {alert.identity for alert, _ in belonging}
    for alert, _ in routed:
        if alert.identity in created:
            _record_new(delivery, created[alert.identity], alert, incident if alert.identity in linked else None)
            if alert.identity in held:
                key, silence = created[alert.identity], held[alert.identity]
                record_held(session, delivery.actor, key, alert.title, silence)
    return created, incident


def _record_new(delivery: Delivery, key: int, alert: NormalisedAlert, incident: Incident | None) -> None:
    """The events of a new alert; on its incident's timeline this one event also says that it belongs there."""
    session, actor = delivery.session, delivery.actor
    received = AlertReceived(
        alert_id=key,
        source_id=delivery.source_id,
        title=alert.title,
        fingerprint=alert.fingerprint,
        starts_at=alert.starts_at.isoformat(),
    )
    record(session, actor, received, incident=incident, occurred_at=min(alert.starts_at, now(session)))
    if not alert.firing:
        record(session, actor, AlertResolved(alert_id=key, title=alert.title), occurred_at=alert.ends_at)


async def _take_repeats(
    delivery: Delivery, alerts: Sequence[NormalisedAlert], incidents: Mapping[int, Incident]
) -> None:
    """Count the alerts that are known, and end those that ended: nothing else of the incident advances by itself."""
    if not alerts:
        return
    session = delivery.session
    delivered = {alert.identity: alert for alert in alerts}
    known = await read_known(session, delivery.source_id, alerts, lock=True)
    repeats = [(row, delivered[row.identity]) for row in known]
    await count_repeats(session, repeats, now(session))
    for row, alert in repeats:
        if not _ends(row, alert):
            continue
        if row.incident_id is not None and row.incident_id not in incidents:
            raise _moving()
        incident = incidents[row.incident_id] if row.incident_id is not None else None
        fact = AlertResolved(alert_id=row.id, title=row.title)
        record(session, delivery.actor, fact, incident=incident, occurred_at=alert.ends_at)


def _ends(known: Known, alert: NormalisedAlert) -> bool:
    """Whether a delivery brings the end of an alert that has not ended yet."""
    return not alert.firing and known.state is not AlertState.RESOLVED


def _moving() -> DomainError:
    return conflict("These alerts are being moved by others.", hint="Nothing was written. Deliver the group again.")
