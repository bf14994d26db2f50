"""What a monitor delivers: a group of alerts, each of them new, repeated, or ended.

One unit of work a group. Locks in this order: the group's advisory lock, so that two deliveries of it wait for each
other; those of what rules group by; the incidents concerned, by id; alert rows; the feed. Repeats are counters: no
event, no incident. Statements are for all alerts at once, and rules are read once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.bundles import Bundle, bundled
from actions.alerts.continuing import continued
from actions.alerts.ending import end_incidents
from actions.alerts.flapping import Flaps, News, begin_flapping, keep_flapping, note_changes, steadied
from actions.alerts.group import NormalisedAlert, NormalisedGroup, Receipt, fold
from actions.alerts.holds import read_holds
from actions.alerts.paged import Arrival, page_for
from actions.alerts.placing import Standing, Taking, keys_of, lock_keys, place, standing_of
from actions.alerts.questions import open_for
from actions.alerts.quiet import record_dropped, record_held
from actions.alerts.routing import incident_of_group, read_routes, route_of, watched_services
from actions.alerts.rows import Fresh, Known, count_repeats, insert_new, lock_group, read_known, touch_source
from actions.find import find_incidents
from actions.record import now, record
from auth.actor import SYSTEM, Actor, integration
from auth.permission import Permission, require
from core.errors import DomainError, conflict
from models.alert import AlertSource
from models.facts.alerting import AlertReceived, AlertResolved
from models.incident import Incident
from models.words import AlertState

ATTEMPTS = 5
"""How often these alerts may move between two reads before the monitor is asked to deliver again."""

Identity = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A group on its way in. `alerts` are folded: each once."""

    session: AsyncSession
    actor: Actor
    source: AlertSource
    group: NormalisedGroup
    alerts: Sequence[NormalisedAlert]
    news: Sequence[News] = ()
    """What was said of alerts that flap."""
    flaps: dict[str, Flaps] = field(default_factory=dict)
    """What was found out of alerts that begin to flap, by fingerprint."""
    seen: dict[Identity, Fresh] = field(default_factory=dict)
    """What was found out of new alerts, once: the rule that each takes, and what holds it back."""

    @property
    def arrival(self) -> Arrival:
        """Where its alerts come from."""
        return Arrival(self.source.id, self.group.key)

    @property
    def source_id(self) -> int:
        """The key of the monitor."""
        return self.source.id


@dataclass(frozen=True, slots=True)
class Survey:
    """How a delivery meets the tables: which of its alerts are new, and which incidents must be locked for it."""

    new: Sequence[Fresh]
    bundles: Sequence[Bundle]
    known: Sequence[int]
    standing: Incident | None
    """The incident of the group so far, open or not."""
    found: Standing
    concerned: frozenset[int]


async def receive_group(session: AsyncSession, source: AlertSource, group: NormalisedGroup) -> Receipt:
    """Store a delivery. Each alert is taken by its own status, and is the same alert by fingerprint and start.

    New firing alerts are routed (the first rule that matches). Those that come together, by their monitor's group or as
    their rule says, join an open incident, else become a new one in DETECTION, at once or when there are enough. Those
    that are held back, by a silence, planned work, a snoozed group or a rule, are kept as SUPPRESSED, and make none. A
    firing alert that comes after its end does not reopen it; one that ended unseen is stored as such and makes no
    incident. CONFLICT (nothing is written; deliver again) if others keep moving these alerts at the same moment.
    """
    actor = integration(source.id, source.name)
    require(actor, Permission.REPORT)
    await lock_group(session, source.id, group.key)
    group, news = await steadied(session, source.id, group)
    group = await continued(session, source.id, group)
    delivery = Delivery(session, actor, source, group, fold(group.alerts), news)
    await touch_source(session, source.id, now(session))
    survey, locked = await _lock_incidents(delivery)
    created, homes = await _take_new(delivery, survey)
    incident = next(iter(homes.values()), survey.standing)
    ended = await _take_repeats(delivery, [a for a in delivery.alerts if a.identity not in created], locked)
    await _page(delivery, created, homes, ended)
    return Receipt(
        received=len(group.alerts),
        created=len(created),
        repeated=len(group.alerts) - len(created),
        incident=incident.reference if incident is not None and incident.is_open and not incident.private else None,
    )


async def _survey(delivery: Delivery) -> Survey:
    session = delivery.session
    known = {k.identity: k for k in await read_known(session, delivery.source_id, delivery.alerts)}
    standing = await incident_of_group(session, delivery.source_id, delivery.group.key)
    new = [alert for alert in delivery.alerts if alert.identity not in known]
    await _look_at(delivery, new)
    fresh = [delivery.seen[alert.identity] for alert in new]
    bundles = bundled((each.alert, each.route) for each in fresh if each.suppressed_because is None)
    found = await standing_of(session, bundles, standing)
    concerned = {k.incident_id for a in delivery.alerts if (k := known.get(a.identity)) and _ends(k, a)}
    if standing is not None and any(alert.firing for alert in new):
        concerned.add(standing.id)
    concerned |= found.concerned
    keys = [each.id for each in known.values()]
    return Survey(fresh, bundles, keys, standing, found, frozenset(key for key in concerned if key is not None))


async def _look_at(delivery: Delivery, new: Sequence[NormalisedAlert]) -> None:
    """Find out of new alerts what is not known yet. What their rules group by is locked then, before any row is."""
    session, unseen = delivery.session, [alert for alert in new if alert.identity not in delivery.seen]
    if not unseen:
        return
    standing = {(each.fingerprint, each.since) for each in delivery.news}
    if delivery.seen or any(alert.identity in standing for alert in unseen):
        raise _moving()  # it was known a moment ago, and locks can't be taken out of their order
    routes = await read_routes(session)
    firing = any(alert.firing for alert in unseen)
    holds = await read_holds(session, delivery.source_id, delivery.group.key) if firing else None
    watched = await watched_services(session, unseen)
    for alert in unseen:
        route = route_of(routes, alert, delivery.source.name)
        if route is not None and route.service is None:
            route = replace(route, service=watched.get(alert.service_id))
        service = route.service_id if route else alert.service_id
        hold = holds.of(delivery.source_id, service, alert.labels) if holds is not None and alert.firing else None
        delivery.seen[alert.identity] = Fresh(alert, route, hold)
    delivery.flaps.update(await begin_flapping(session, delivery.source_id, list(delivery.seen.values())))
    for identity in {fingerprint: (fingerprint, start) for fingerprint, start in sorted(delivery.seen)}.values():
        each = delivery.seen[identity]
        if each.alert.firing and each.hold is None and each.alert.fingerprint in delivery.flaps:
            delivery.seen[identity] = replace(each, flaps=True)  # the newest of its fingerprint
    seen = [each for each in delivery.seen.values() if each.suppressed_because is None]
    routed = [(each.alert, each.route) for each in seen]
    await lock_keys(session, [*keys_of(bundled(routed)), *delivery.arrival.keys(routed)])


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


async def _take_new(delivery: Delivery, survey: Survey) -> tuple[dict[Identity, int], dict[int, Incident]]:
    """Store the alerts that are new; their keys, and by these the incidents that some of them belong to."""
    if not survey.new:
        return {}, {}
    session, source_id, group = delivery.session, delivery.source_id, delivery.group
    created = await insert_new(session, source_id, group.key, survey.new, now(session))
    taking = Taking(session, delivery.actor, source_id, group, created, survey.known)
    homes = await place(taking, survey.bundles, survey.found)
    for fresh in survey.new:
        if (key := created.get(fresh.alert.identity)) is not None:
            record_new(delivery, key, fresh, None if key in taking.stormy else homes.get(key))
            if fresh.flaps:
                flaps = delivery.flaps[fresh.alert.fingerprint]
                await keep_flapping(session, delivery.actor, source_id, fresh.alert, key, flaps, homes.get(key))
    return created, homes


def record_new(delivery: Delivery, key: int, fresh: Fresh, incident: Incident | None) -> None:
    """The events of a new alert; on its incident's timeline the first also says that it belongs there."""
    session, actor, alert = delivery.session, delivery.actor, fresh.alert
    occurred_at = min(alert.starts_at, now(session))
    received = AlertReceived(  # as alerts_write writes it of those that are taken at once
        alert_id=key,
        source_id=delivery.source_id,
        title=alert.title,
        fingerprint=alert.fingerprint,
        starts_at=alert.starts_at.isoformat(),
    )
    record(session, actor, received, incident=incident, occurred_at=occurred_at)
    if not alert.firing:
        record(session, actor, AlertResolved(alert_id=key, title=alert.title), occurred_at=alert.ends_at)
    elif fresh.suppressed_because is not None:
        record_quiet(session, actor, key, alert.title, fresh)


def record_quiet(session: AsyncSession, actor: Actor, key: int, title: str, fresh: Fresh) -> None:
    """The event of a new alert that is kept quiet: by what holds it back, else by its rule."""
    if fresh.hold is not None:
        record_held(session, actor, key, title, fresh.hold)
    elif fresh.route is not None:
        record_dropped(session, actor, key, title, fresh.route)


async def _take_repeats(
    delivery: Delivery, alerts: Sequence[NormalisedAlert], incidents: Mapping[int, Incident]
) -> list[Known]:
    """Count the alerts that are known, and end those that ended, which it returns.

    With them their incident ends, if their rule says so.
    """
    if not alerts:
        return []
    session = delivery.session
    delivered = {alert.identity: alert for alert in alerts}
    known = await read_known(session, delivery.source_id, alerts, lock=True)
    if not await note_changes(session, delivery.source_id, delivery.news):
        raise _moving()
    repeats = [(row, delivered[row.identity]) for row in known]
    await count_repeats(session, repeats, now(session))
    ended: list[Known] = []
    for row, alert in repeats:
        if not _ends(row, alert):
            continue
        if row.incident_id is not None and row.incident_id not in incidents:
            raise _moving()
        incident = incidents[row.incident_id] if row.incident_id is not None else None
        fact = AlertResolved(alert_id=row.id, title=row.title)
        record(session, delivery.actor, fact, incident=incident, occurred_at=alert.ends_at)
        ended.append(row)
    await end_incidents(session, ended, incidents, delivery.source.name)
    return ended


async def _page(
    delivery: Delivery, created: Mapping[Identity, int], homes: Mapping[int, Incident], ended: Sequence[Known]
) -> None:
    """Page for new alerts that belong to no incident, where their rule says so, and no more for those that ended."""
    loose = [
        (key, fresh.alert, fresh.route)
        for identity, key in created.items()
        if (fresh := delivery.seen[identity]).route is not None
        and fresh.alert.firing
        and fresh.suppressed_because is None
        and key not in homes
    ]
    runs = {row.paging_run_id for row in ended}
    for keys in await page_for(delivery.session, delivery.actor, delivery.arrival, loose, runs):
        await open_for(delivery.session, delivery.actor, keys)


def _ends(known: Known, alert: NormalisedAlert) -> bool:
    """Whether a delivery brings the end of an alert that has not ended yet."""
    return not alert.firing and known.state is not AlertState.RESOLVED


def _moving() -> DomainError:
    return conflict("These alerts are being moved by others.", hint="Nothing was written. Deliver the group again.")
