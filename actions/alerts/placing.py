"""Which incident each bundle of new alerts comes to belong to: one that is open, or a new one.

Everything is asked for all bundles at once. Before: the advisory locks of their keys, taken in order (docs/locks.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Text, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.bundles import MOST_NEW, Bundle, enough
from actions.alerts.group import NormalisedGroup, together
from actions.alerts.routing import remember_group, report_group
from actions.alerts.rows import link_all, recordset
from actions.alerts.storms import begin_storm, count_openings, storm_that_goes_on
from actions.catalogue.dependencies import upstream_of
from actions.record import now, record
from auth.actor import SYSTEM, Actor
from auth.visibility import visible_to
from core.db import Within
from models.alert import Alert
from models.facts.alerting import AlertLinked, StormGrew
from models.incident import Incident, IncidentService
from models.lifecycle import OPEN_STAGES
from models.words import AlertState, IncidentKind, Visibility

KEY_LOCKS = 7426
"""First key of the advisory locks of bundles."""

MOST_WAITING = 1000
"""Earlier alerts that an incident takes with it once there are enough."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What bundles find: read before the incidents are locked, and again after that."""

    own: Incident | None
    """The incident of the monitor's group so far, open or not."""
    joins: Mapping[str | None, Incident] = field(default_factory=dict)
    """The open incident that each joins, by key."""
    before: Mapping[str | None, tuple[int, frozenset[int]]] = field(default_factory=dict)
    """How many alerts came before these within the time that their rule waits, and the monitors they came from."""
    storm: Incident | None = None
    """The open incident of a storm that goes on, where something would open an incident of its own."""

    @property
    def concerned(self) -> set[int]:
        """The incidents that must be locked."""
        found = {incident.id for incident in self.joins.values()}
        return found if self.storm is None else found | {self.storm.id}


async def lock_keys(session: AsyncSession, keys: Sequence[str]) -> None:
    """Wait for other deliveries of what comes together: after the group's lock, before any row.

    At most 256 different locks are taken, in their order, whatever a delivery holds.
    """
    if keys:
        locked = text(
            "select pg_advisory_xact_lock(:space, lock) from (select distinct hashtext(key) & 255 as lock"
            " from unnest(cast(:keys as text[])) key order by 1) each"
        )
        await session.execute(locked, {"space": KEY_LOCKS, "keys": keys})


def keys_of(bundles: Sequence[Bundle]) -> list[str]:
    """The keys of bundles that have one."""
    return [bundle.key for bundle in bundles if bundle.key is not None]


async def standing_of(session: AsyncSession, bundles: Sequence[Bundle], own: Incident | None) -> Standing:
    """What there is for each bundle now. `own` is the incident of the monitor's group, open or not."""
    joins: dict[str | None, Incident] = {}
    if own is not None and own.is_open and any(bundle.key is None for bundle in bundles):
        joins[None] = own
    keyed = {bundle.key: bundle for bundle in bundles if bundle.key is not None}
    joins |= {
        key: incident
        for key, seen_at, incident in await _last_incidents(session, keyed)
        if incident.is_open and seen_at > now(session) - keyed[key].route.window
    }
    await _join_open(session, bundles, joins)
    waiting = [bundle for bundle in keyed.values() if bundle.route.waits and bundle.key not in joins]
    opens = any(bundle.creating and bundle.key not in joins for bundle in bundles)
    storm = await storm_that_goes_on(session) if opens else None
    return Standing(own, joins, await _before(session, waiting), storm)


async def _last_incidents(session: AsyncSession, keyed: Mapping[str, Bundle]) -> list[tuple[str, datetime, Incident]]:
    """Of each key: when the last alert came that belongs to an incident, and that."""
    if not keyed:
        return []
    last = (
        select(Alert.bundle, Alert.first_seen_at, Alert.incident_id)
        .ext(distinct_on(Alert.bundle))
        .where(Alert.bundle.in_(keyed), Alert.incident_id.is_not(None))
        .order_by(Alert.bundle, Alert.id.desc())
        .subquery("last")
    )
    found = await session.execute(
        select(last.c.bundle, last.c.first_seen_at, Incident)
        .join(Incident, Incident.id == last.c.incident_id)
        .where(visible_to(SYSTEM))
        .execution_options(populate_existing=True)
    )
    return [(row.bundle, row.first_seen_at, row.Incident) for row in found]


async def _join_open(session: AsyncSession, bundles: Sequence[Bundle], joins: dict[str | None, Incident]) -> None:
    """For those that have none yet: the newest incident that is open on their service, and seen by everybody.

    Else, where their rule says so, on what it depends on: the nearest.
    """
    asking = [bundle for bundle in bundles if bundle.key not in joins and bundle.services]
    if not asking:
        return
    depending = {service for bundle in asking for service in bundle.upstream_of}
    upstream = await upstream_of(Within(session), depending)
    levels = [bundle.joinable(upstream) for bundle in asking]
    wanted = {service for each in levels for level in each for service in level}
    found = await session.execute(
        select(IncidentService.service_id, Incident)
        .ext(distinct_on(IncidentService.service_id))
        .join(Incident, Incident.id == IncidentService.incident_id)
        .where(
            IncidentService.service_id.in_(wanted),
            Incident.stage.in_(OPEN_STAGES),
            Incident.kind == IncidentKind.REAL,
            Incident.visibility == Visibility.ORGANISATION,
            visible_to(SYSTEM),
        )
        .order_by(IncidentService.service_id, Incident.id.desc())
        .execution_options(populate_existing=True)
    )
    newest = {row.service_id: row.Incident for row in found}
    for bundle, each in zip(asking, levels, strict=True):
        there = ([newest[service] for service in level if service in newest] for level in each)
        open_there = next((found for found in there if found), None)
        if open_there:
            joins[bundle.key] = max(open_there, key=lambda incident: incident.id)


async def _before(session: AsyncSession, waiting: Sequence[Bundle]) -> dict[str | None, tuple[int, frozenset[int]]]:
    if not waiting:
        return {}
    sent = _since(waiting, now(session))
    found = await session.execute(
        select(Alert.bundle, func.count().label("alerts"), func.array_agg(Alert.source_id.distinct()).label("sources"))
        .join(sent, (Alert.bundle == sent.c.key) & (Alert.first_seen_at > sent.c.since))
        .where(Alert.state != AlertState.SUPPRESSED)
        .group_by(Alert.bundle)
    )
    return {row.bundle: (row.alerts, frozenset(row.sources)) for row in found}


def _since(waiting: Sequence[Bundle], moment: datetime) -> Any:
    """Each key with the moment from which on its rule counts."""
    rows = [{"key": bundle.key, "since": (moment - bundle.route.patience).isoformat()} for bundle in waiting]
    return recordset(rows, key=Text, since=DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Taking:
    """Alerts on their way to incidents: stored by now, with their keys."""

    session: AsyncSession
    actor: Actor
    source_id: int
    group: NormalisedGroup
    stored: Mapping[tuple[str, datetime], int]
    """The keys of the rows, by the alerts' identities; those that somebody else stored meanwhile are not among them."""
    locked_too: Sequence[int] = ()
    """Rows of alerts that this transaction locks later: earlier ones are locked together with them, by id."""
    stormy: set[int] = field(default_factory=set)
    """The keys of those that came to a storm: its incident's timeline counts them, and does not name them."""


async def place(taking: Taking, bundles: Sequence[Bundle], standing: Standing) -> dict[int, Incident]:
    """The incident of each stored alert that comes to belong to one, by the alert's key.

    What has none to join makes one in DETECTION, once there is enough of it. The alerts that came before and were not
    enough go with it, each with an event that says so.
    """
    homes: list[tuple[Bundle, Incident]] = []
    made: list[Incident] = []
    ours = [bundle for each in bundles if (bundle := _stored(taking, each)).alerts]
    opening = [b for b in ours if b.key not in standing.joins and _creates(taking, b, standing)]
    storm = await _storm(taking, opening, standing) if opening else None
    opens = {bundle.key for bundle in opening}
    for bundle in ours:
        incident = standing.joins.get(bundle.key)
        if bundle.key in opens and storm is not None:
            incident = storm
            taking.stormy.update(taking.stored[alert.identity] for alert, _ in bundle.alerts)
        elif bundle.key in opens:
            if len(made) < MOST_NEW:
                made.append(await _report(taking, bundle))
            incident = made[-1]
        if incident is not None:
            homes.append((bundle, incident))
            if bundle.key is None and incident is not standing.own:
                await remember_group(taking.session, taking.source_id, taking.group.key, incident)
    found = {taking.stored[alert.identity]: incident for bundle, incident in homes for alert, _ in bundle.alerts}
    if storm is not None:
        record(taking.session, taking.actor, StormGrew(alerts=len(taking.stormy)), incident=storm)
    waiting = await _waiting(taking, homes, found)
    for incident in {incident.id: incident for _, incident in homes}.values():
        mine = [key for key, home in found.items() if home is incident]
        mine += [key for key, _, home in waiting if home is incident]
        await link_all(taking.session, mine, incident.id)
    for key, title, incident in waiting:
        record(taking.session, taking.actor, AlertLinked(alert_id=key, title=title), incident=incident)
    return found


async def _storm(taking: Taking, opening: Sequence[Bundle], standing: Standing) -> Incident | None:
    """The storm's incident, for those that would open one each; None: there is no storm."""
    session = taking.session
    if standing.storm is None:
        return await begin_storm(session, opening)
    await count_openings(session, len(opening))
    return standing.storm


def _stored(taking: Taking, bundle: Bundle) -> Bundle:
    return Bundle(bundle.key, [each for each in bundle.alerts if each[0].identity in taking.stored])


def _creates(taking: Taking, bundle: Bundle, standing: Standing) -> bool:
    alerts, sources = standing.before.get(bundle.key, (0, frozenset()))
    creating = bundle.creating
    if not creating or not bundle.route.waits:
        return bool(creating)
    return enough(bundle.route, alerts + len(creating), len(sources | {taking.source_id}))


async def _report(taking: Taking, bundle: Bundle) -> Incident:
    creating = bundle.creating
    group = taking.group
    if bundle.key is not None:
        group = together(bundle.key, [alert for alert, _ in creating])
    return await report_group(taking.session, taking.actor, group, creating)


async def _waiting(
    taking: Taking, homes: Sequence[tuple[Bundle, Incident]], found: Mapping[int, Incident]
) -> list[tuple[int, str, Incident]]:
    """Alerts that came before, still fire, and belong nowhere: key, title, and where they go now.

    They are locked together with what is locked later, so that all are in one order.
    """
    asking = [(bundle, incident) for bundle, incident in homes if bundle.key is not None and bundle.route.waits]
    if not asking:
        return []
    session = taking.session
    sent = _since([bundle for bundle, _ in asking], now(session))
    still = (AlertState.FIRING, AlertState.ACKNOWLEDGED)
    earlier = (
        select(Alert.id)
        .join(sent, (Alert.bundle == sent.c.key) & (Alert.first_seen_at > sent.c.since))
        .where(Alert.incident_id.is_(None), Alert.state.in_(still), Alert.id.not_in(found))
        .order_by(Alert.id.desc())
        .limit(MOST_WAITING)
    )
    keys = list(await session.scalars(earlier))
    if not keys:
        return []
    locked = select(Alert.id, Alert.title, Alert.bundle, Alert.incident_id, Alert.state).where(
        Alert.id.in_({*keys, *taking.locked_too})
    )
    rows = (await session.execute(locked.order_by(Alert.id).with_for_update(key_share=True))).all()
    home = {bundle.key: incident for bundle, incident in asking}
    mine = set(keys)
    return [
        (row.id, row.title, home[row.bundle])
        for row in rows
        if row.id in mine and row.incident_id is None and row.state in still and row.bundle in home
    ]
