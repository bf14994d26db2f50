"""Whether alerts are an incident: whoever is on call is asked, and after a while without an answer they are one."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.group import together
from actions.alerts.paged import MOST, UNDER_WAY, acknowledged, lock_alerts
from actions.alerts.routing import read_routes, report_alerts
from actions.alerts.rows import as_delivered, link_all
from actions.members import ensure_member
from actions.paging.answering import end_stopped
from actions.paging.holding import lock_runs
from actions.record import now, record
from actions.reports import acknowledge_incident
from auth.actor import SYSTEM, Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_alerts
from core.db import Database
from core.errors import DomainError, conflict, invalid, not_found
from core.ids import decode_as
from models.alert import Alert
from models.facts.alerting import AlertDropped, AlertLinked
from models.facts.paging import AlertsJudged
from models.incident import Incident
from models.paging.run import ANSWERABLE, PagingRun
from models.paging.words import AlertVerdict, TakenBy
from models.service import Service
from models.words import AlertState

MOST_AT_ONCE = 20
"""Questions that one sweep settles."""


async def answer_alert(
    session: AsyncSession, actor: Actor, *, alert: str, verdict: AlertVerdict, reason: str | None = None
) -> Alert:
    """Say of an alert about which people are asked whether it is an incident: with all that came with it, as `judge`.

    NOT_FOUND for an alert that the actor may not see; CONFLICT if nobody is asked about it.
    """
    require(actor, Permission.READ)
    mine = select(Alert).where(Alert.id == decode_as("Alert", alert, "alert"), visible_alerts(actor))
    row = await session.scalar(mine)
    if row is None:
        raise not_found("alert", "alert", alert)
    require(actor, NEEDS[Act.ACKNOWLEDGE_ALERT].permission)
    await judge(session, actor, row.paging_run_id or 0, verdict, reason, TakenBy.HERE)
    await session.flush()
    await session.refresh(row)
    return row


async def judge(
    session: AsyncSession, actor: Actor, run_id: int, verdict: AlertVerdict, reason: str | None, way: TakenBy
) -> Incident | None:
    """Say whether the alerts of a question are an incident: a new one, in TRIAGE as the actor's, or noise.

    Noise needs a reason, of at most 500 characters: the alerts are kept as SUPPRESSED with it. CONFLICT if nothing is
    asked any more. Whether the actor may is the caller's to see to.
    """
    why = check.optional_text((reason or "").strip() or None, "reason", limit=check.LINE)
    if verdict is AlertVerdict.NOISE and why is None:
        raise invalid("reason", "Why is it noise?", "Say it in a few words: whoever looks at the alert reads them.")
    incident = None
    if verdict is AlertVerdict.INCIDENT:  # incidents are locked before alerts
        asked = await _under_way(session, run_id)
        if not asked:
            raise _settled()
        incident = await _report(session, SYSTEM, asked)  # whoever says so is locked after it
        await acknowledge_incident(session, actor, incident=incident.reference)
        await ensure_member(session, incident, actor)
    alerts = await lock_alerts(session, run_id)
    run = (await lock_runs(session, [run_id])).get(run_id)
    if run is None or run.asks_until is None or not alerts:
        raise _settled()
    run.asks_until, run.verdict = None, verdict
    await acknowledged(session, actor, run_id, way)
    fact = AlertsJudged(run_id=run_id, alert_ids=[alert.id for alert in alerts], verdict=verdict, reason=why)
    record(session, actor, fact, incident=incident)
    if incident is not None:
        await _link(session, actor, alerts, incident)
    else:
        _suppress(session, actor, alerts, f"Noise, says {actor.name}: {why}")
    return incident


async def _under_way(session: AsyncSession, run_id: int) -> Sequence[Alert]:
    """The alerts that a question is about, not locked; none if nothing is asked any more."""
    asking = select(PagingRun.id).where(PagingRun.id == run_id, PagingRun.asks_until.is_not(None))
    mine = select(Alert).where(Alert.paging_run_id.in_(asking), Alert.state.in_(UNDER_WAY), Alert.incident_id.is_(None))
    return (await session.scalars(mine.order_by(Alert.id).limit(MOST))).all()


def _settled() -> DomainError:
    return conflict(
        "Nobody is asked about these alerts any more: they are over, or somebody answered.",
        field="alert",
        hint="Look at the alert: it says what became of it.",
    )


async def open_for(session: AsyncSession, actor: Actor, keys: Sequence[int]) -> Incident:
    """A new incident in DETECTION for alerts whose rows are locked, with the service and severity of their rule."""
    found = select(Alert).where(Alert.id.in_(keys)).order_by(Alert.id)
    alerts = (await session.scalars(found.execution_options(populate_existing=True))).all()
    incident = await _report(session, actor, alerts)
    await _link(session, actor, alerts, incident)
    return incident


async def _report(session: AsyncSession, actor: Actor, alerts: Sequence[Alert]) -> Incident:
    group = together(alerts[0].bundle or alerts[0].group_key, [as_delivered(alert) for alert in alerts])
    services = await session.scalars(
        select(Service).where(Service.id.in_({alert.service_id for alert in alerts}), Service.archived_at.is_(None))
    )
    rule = next((route for route in await read_routes(session) if route.rule.id == alerts[0].rule_id), None)
    severity = rule.severity if rule is not None else None
    began = min(alert.starts_at for alert in alerts)
    incident = await report_alerts(session, actor, group, began, services.all(), severity)
    await session.flush()
    return incident


async def _link(session: AsyncSession, actor: Actor, alerts: Sequence[Alert], incident: Incident) -> None:
    await link_all(session, [alert.id for alert in alerts], incident.id)
    for alert in alerts:
        record(session, actor, AlertLinked(alert_id=alert.id, title=alert.title), incident=incident)


async def sweep_questions(database: Database) -> int:
    """Open an incident for each question that nobody answered in time; how many."""
    due = select(PagingRun.id).where(PagingRun.asks_until <= database.clock.now()).order_by(PagingRun.asks_until)
    async with database.reading() as reader:
        keys = [row.id for row in await reader.execute(due.limit(MOST_AT_ONCE))]
    for key in keys:
        with suppress(_SettledError):
            async with database.unit_of_work() as session:
                await _expire(session, key)
    return len(keys)


class _SettledError(Exception):
    """Somebody was faster: what was begun is taken back."""


async def _expire(session: AsyncSession, run_id: int) -> None:
    """Once for each: whoever was faster has set that nothing is asked any more. _SettledError then."""
    asked = await _under_way(session, run_id)
    incident = await _report(session, SYSTEM, asked) if asked else None  # incidents are locked before alerts
    alerts = await lock_alerts(session, run_id)
    run = (await lock_runs(session, [run_id])).get(run_id)
    if run is None or run.asks_until is None or run.asks_until > now(session) or bool(alerts) is not bool(asked):
        raise _SettledError
    run.asks_until = None
    if run.state in ANSWERABLE:
        await end_stopped(session, [run])
    if incident is None:
        return
    run.verdict = AlertVerdict.INCIDENT
    await _link(session, SYSTEM, alerts, incident)
    keys = [alert.id for alert in alerts]
    fact = AlertsJudged(run_id=run_id, alert_ids=keys, verdict=AlertVerdict.INCIDENT, in_time=False)
    record(session, SYSTEM, fact, incident=incident)


def _suppress(session: AsyncSession, actor: Actor, alerts: Sequence[Alert], because: str) -> None:
    for alert in alerts:
        alert.state, alert.suppressed_because = AlertState.SUPPRESSED, because
        dropped = AlertDropped(alert_id=alert.id, rule_id=alert.rule_id or 0, title=alert.title, because=because)
        record(session, actor, dropped)
