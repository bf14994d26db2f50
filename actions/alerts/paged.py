"""Paging for alerts that belong to no incident, as their rule says: one run for those that come together.

What its alerts have in common is locked before any row (actions.alerts.placing.lock_keys); then alerts by id, then runs
by id (docs/locks.md). A run ends when somebody acknowledges, or none of its alerts is left.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.bundles import paging_key
from actions.alerts.group import NormalisedAlert
from actions.alerts.routing import Route
from actions.paging.answering import end_answered, end_stopped
from actions.paging.asking import take_step
from actions.paging.holding import lock_runs
from actions.paging.reach import plan_of
from actions.paging.starting import loudness, versions_of
from actions.record import now, record
from auth.actor import Actor
from models.alert import Alert
from models.facts.alerting import AlertAcknowledged
from models.facts.paging import PagingStarted
from models.paging.policy import Escalation, EscalationPolicy, escalation_of
from models.paging.run import ANSWERABLE, PagingRun
from models.paging.words import PagingState, TakenBy, Urgency
from models.words import AlertState

MOST = 1000
"""Alerts of a run that are acknowledged, or become an incident, at once."""
UNDER_WAY = (AlertState.FIRING, AlertState.ACKNOWLEDGED)
QUIET = {"urgency": Urgency.LOW.value, "through_quiet": False}
"""How a question pages."""

Loose = tuple[int, NormalisedAlert, Route]
"""An alert that belongs to no incident: the key of its row, itself, and its route."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where alerts come from: what keys of alerts without labels are made of."""

    source_id: int
    group_key: str

    def keys(self, routed: Iterable[tuple[NormalisedAlert, Route | None]]) -> list[str]:
        """What those have in common for which people may be paged, each once."""
        found = (
            self.key(alert, route) for alert, route in routed if route is not None and route.pages and alert.firing
        )
        return list(dict.fromkeys(found))

    def key(self, alert: NormalisedAlert, route: Route) -> str:
        """What an alert has in common with others."""
        return paging_key(alert, route, self.source_id, self.group_key)


async def page_for(
    session: AsyncSession, actor: Actor, arrival: Arrival, loose: Sequence[Loose], ended: Collection[int | None] = ()
) -> list[list[int]]:
    """Page, or ask, for new alerts whose rule says so; end the runs of `ended` of which no alert is left.

    Returns what can't be asked, since nobody is there to be: alerts that are an incident at once. They are locked.
    """
    by_key: dict[str, list[Loose]] = {}
    for each in loose:
        if each[2].pages:
            by_key.setdefault(arrival.key(each[1], each[2]), []).append(each)
    last = await _last(session, by_key)
    runs = await lock_runs(session, {*last.values(), *(key for key in ended if key is not None)})
    await _settle(session, [runs[key] for key in sorted({key for key in ended if key in runs})])
    unasked: list[list[int]] = []
    for key, group in sorted(by_key.items()):
        run = runs.get(last.get(key, 0))
        if run is None or not await _goes_on(session, run):
            run = await _begin(session, actor, key, group[0])
        if run is None:
            unasked.append([each[0] for each in group])
            continue
        joined = update(Alert).where(Alert.id.in_([each[0] for each in group])).values(paging_run_id=run.id)
        await session.execute(joined.execution_options(synchronize_session=False))
        if run.step == 0 and run.begun_at is None:
            await take_step(session, None, run)
    return unasked


async def settle(session: AsyncSession, keys: Collection[int | None], why: str | None = None) -> None:
    """End the runs of which no alert is left that fires, belongs to no incident, and is no noise.

    Their alerts are locked by now. `why` is what the ledger says of pages that are not sent any more.
    """
    runs = await lock_runs(session, {key for key in keys if key is not None})
    await session.flush()
    await _settle(session, list(runs.values()), why)


async def acknowledged(session: AsyncSession, actor: Actor, run_id: int | None, way: TakenBy) -> bool:
    """Somebody looks at alerts of a run: nobody else is paged. Whether anything paged; the alerts are locked."""
    runs = await lock_runs(session, [run_id] if run_id is not None else [])
    live = [run for run in runs.values() if run.state in ANSWERABLE]
    if live:
        await end_answered(session, actor, None, live, way)
    return bool(live)


async def take_alerts(session: AsyncSession, actor: Actor, run_id: int, way: TakenBy) -> bool:
    """Somebody who was paged has it: the alerts of the run are acknowledged, and nobody else is paged."""
    alerts = await lock_alerts(session, run_id, (AlertState.FIRING,))
    if not await acknowledged(session, actor, run_id, way):
        return False
    for alert in alerts:
        alert.state, alert.acknowledged_at = AlertState.ACKNOWLEDGED, now(session)
        record(session, actor, AlertAcknowledged(alert_id=alert.id, title=alert.title))
    return True


async def lock_alerts(session: AsyncSession, run_id: int, states: Sequence[AlertState] = UNDER_WAY) -> Sequence[Alert]:
    """The alerts of a run that belong to no incident, in the order of their ids: the oldest 1,000."""
    mine = select(Alert).where(Alert.paging_run_id == run_id, Alert.state.in_(states), Alert.incident_id.is_(None))
    locked = mine.order_by(Alert.id).limit(MOST).with_for_update(key_share=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).all()


async def _last(session: AsyncSession, keys: Iterable[str]) -> Mapping[str, int]:
    wanted = list(keys)
    if not wanted:
        return {}
    last = select(PagingRun.alert_key, PagingRun.id).ext(distinct_on(PagingRun.alert_key))
    found = last.where(PagingRun.alert_key.in_(wanted)).order_by(PagingRun.alert_key, PagingRun.id.desc())
    return {row.alert_key: row.id for row in await session.execute(found) if row.alert_key is not None}


async def _goes_on(session: AsyncSession, run: PagingRun) -> bool:
    """Whether others of the same kind page nobody anew: it pages, or somebody has those that still fire."""
    if run.verdict is not None:
        return False
    if run.state in ANSWERABLE:
        return True
    return run.state is PagingState.ACKNOWLEDGED and await _any_left(session, run)


async def _settle(session: AsyncSession, runs: Sequence[PagingRun], why: str | None = None) -> None:
    over = [run for run in runs if (run.state in ANSWERABLE or run.asks_until) and not await _any_left(session, run)]
    for run in over:
        run.asks_until = None
    await end_stopped(session, [run for run in over if run.state in ANSWERABLE], why)


async def _any_left(session: AsyncSession, run: PagingRun) -> bool:
    left = select(Alert.id).where(*under_way(run.id), Alert.noise_reason.is_(None))
    return bool(await session.scalar(select(exists(left))))


def under_way(run_id: int) -> tuple[ColumnElement[bool], ...]:
    """The alerts for which a run may page: they fire, nothing holds them back, and they belong to no incident."""
    return (Alert.paging_run_id == run_id, Alert.state.in_(UNDER_WAY), Alert.incident_id.is_(None))


async def _begin(session: AsyncSession, actor: Actor, key: str, first: Loose) -> PagingRun | None:
    """A run for the first of some alerts; None if they are to be asked about, and nobody is there to be asked."""
    alert_id, _, route = first
    policy = await _policy(session, route)
    if policy is None and route.asks:
        return None
    version = (await versions_of(session, [policy]))[0][1] if policy is not None else None
    escalation = escalation_of(version.definition) if version is not None else Escalation(())
    moment, team = now(session), policy.team_id if policy is not None else None
    plan = await plan_of(session, None, escalation, team, moment, service_id=route.service_id)
    plan |= loudness(route.severity) | (QUIET if route.asks else {})
    run = PagingRun(
        alert_id=alert_id,
        alert_key=key,
        asks_until=moment + timedelta(minutes=route.rule.ask_minutes or 0) if route.asks else None,
        policy_id=policy.id if policy is not None else None,
        policy_version_id=version.id if version is not None else None,
        plan=plan,
        state=PagingState.RUNNING,
        step=0,
        round=0,
        created_at=moment,
    )
    session.add(run)
    await session.flush()
    fact = PagingStarted(
        run_id=run.id,
        escalation_policy_id=run.policy_id,
        policy_version=version.version if version is not None else None,
        urgency=plan["urgency"],
        plan=plan,
        alert_id=alert_id,
    )
    record(session, actor, fact)
    return run


async def _policy(session: AsyncSession, route: Route) -> EscalationPolicy | None:
    """Whom to page: by the rule's policy, that of the service, or that of the organisation; the first in use."""
    service = route.service.escalation_policy_id if route.service is not None else None
    wanted = [key for key in (route.rule.page_policy_id, service) if key is not None]
    used = select(EscalationPolicy).where(EscalationPolicy.archived_at.is_(None))
    either = EscalationPolicy.id.in_(wanted) | EscalationPolicy.fallback
    found = {row.id: row for row in await session.scalars(used.where(either))}
    named = next((found[key] for key in wanted if key in found), None)
    return named or next((row for row in found.values() if row.fallback), None)
