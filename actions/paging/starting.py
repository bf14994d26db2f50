"""Beginning to page by the policies of the services of an incident, and what begins each run."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.paging.asking import take_step
from actions.paging.reach import Plan, plan_of
from actions.record import now, record
from auth.actor import SYSTEM, Actor
from models.facts.paging import PagingStarted
from models.incident import Incident, IncidentService
from models.organisation import Organisation
from models.paging.policy import EscalationPolicy, EscalationPolicyVersion, escalation_of
from models.paging.run import LIVE, PagingRun
from models.paging.words import PagingState, Urgency
from models.service import Service
from models.severity import SeverityVersion
from models.words import IncidentKind, PagingScope

LOUD_RANK = 2
"""The worst severities page with high urgency."""
WORST_RANK = 1
"""The one that quiet hours do not hold back."""


async def begin_paging(
    session: AsyncSession, actor: Actor, incident: Incident, severity: SeverityVersion, *, anew: bool = False
) -> None:
    """Page by the policies of the services, or the organisation's, as a severity obliges to. The incident is locked.

    A policy that pages already, or was answered, does not begin anew; one that waits for business hours goes on at once
    if this severity does not wait; `anew` begins what was answered once more. Private incidents page nobody by policy:
    only their members know of them.
    """
    obligations = severity.obligations
    if obligations.pages is PagingScope.NOBODY or incident.private or incident.kind is IncidentKind.BACKFILLED:
        return
    policies = await policies_of(session, incident)
    if not policies:
        return
    last = await last_runs(session, incident)
    zone = ZoneInfo(await session.scalar(select(Organisation.time_zone)) or "UTC")
    for policy, version in policies:
        run, escalation = last.get(policy.id), escalation_of(version.definition)
        opens = escalation.hours.next_open(now(session), zone) if obligations.business_hours_only else None
        waits = opens if opens is not None and opens > now(session) else None
        over = (PagingState.STOPPED, PagingState.UNANSWERED, *((PagingState.ACKNOWLEDGED,) if anew else ()))
        if run is None or run.state in over:
            await start_run(session, actor, incident, severity, policy, version, waits)
        elif run.state in LIVE:
            run.plan = {**run.plan, **loudness(severity)}
            if run.state is PagingState.WAITING and waits is None:
                await begin_waiting(session, incident, run)


async def go_on(session: AsyncSession, incident: Incident | None, run: PagingRun, actor: Actor = SYSTEM) -> None:
    """Take the next step of a live run; one that waits for business hours begins.

    The incident is locked, or of alerts alone (None) the run.
    """
    if run.state is PagingState.WAITING:
        await begin_waiting(session, incident, run)
    else:
        await take_step(session, incident, run, actor)


async def begin_waiting(session: AsyncSession, incident: Incident | None, run: PagingRun) -> None:
    """Business hours began: whoever is on call now is paged, by the policy as it was when the run was made."""
    version = await session.get_one(EscalationPolicyVersion, run.policy_version_id)
    policy = await session.get_one(EscalationPolicy, run.policy_id)
    plan = await plan_of(session, incident, escalation_of(version.definition), policy.team_id, now(session))
    run.plan = {**run.plan, **plan}
    await take_step(session, incident, run)


async def start_run(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    severity: SeverityVersion | None,
    policy: EscalationPolicy,
    version: EscalationPolicyVersion,
    waits: datetime | None,
    reason: str | None = None,
) -> None:
    """Begin to page by a policy: now, or when its business hours do (`waits`). The incident is locked."""
    escalation = escalation_of(version.definition)
    plan = await plan_of(session, incident, escalation, policy.team_id, now(session)) | loudness(severity)
    run = await written_run(session, incident, policy, version, plan, waits)
    fact = PagingStarted(
        run_id=run.id,
        escalation_policy_id=policy.id,
        policy_version=version.version,
        urgency=plan["urgency"],
        plan=plan,
        waits_until=waits.isoformat() if waits else None,
        reason=reason,
    )
    record(session, actor, fact, incident=incident)
    if waits is None:
        await take_step(session, incident, run)


async def written_run(
    session: AsyncSession,
    incident: Incident,
    policy: EscalationPolicy | None,
    version: EscalationPolicyVersion | None,
    plan: Plan,
    waits: datetime | None,
) -> PagingRun:
    """A run that begins, as a row."""
    run = PagingRun(
        incident_id=incident.id,
        policy_id=policy.id if policy else None,
        policy_version_id=version.id if version else None,
        plan=plan,
        state=PagingState.WAITING if waits else PagingState.RUNNING,
        step=0,
        round=0,
        next_escalation_at=waits,
        created_at=now(session),
    )
    session.add(run)
    await session.flush()
    return run


def loudness(severity: SeverityVersion | None) -> Plan:
    """How loud a severity pages; one that is not known yet is loud."""
    loud = severity is None or severity.rank <= LOUD_RANK
    return {
        "urgency": (Urgency.HIGH if loud else Urgency.LOW).value,
        "through_quiet": severity is not None and severity.rank <= WORST_RANK,
        "severity_id": severity.severity_id if severity else None,
    }


async def severity_of(session: AsyncSession, incident: Incident) -> SeverityVersion | None:
    """The severity that an incident has now."""
    key = incident.severity_version_id
    return await session.get(SeverityVersion, key) if key is not None else None


async def policies_of(
    session: AsyncSession, incident: Incident
) -> list[tuple[EscalationPolicy, EscalationPolicyVersion]]:
    """The policies of the services, by key; where none has one in use, that of the organisation."""
    theirs = (
        select(Service.escalation_policy_id)
        .join(IncidentService, IncidentService.service_id == Service.id)
        .where(IncidentService.incident_id == incident.id)
    )
    used = select(EscalationPolicy).where(EscalationPolicy.archived_at.is_(None)).order_by(EscalationPolicy.id)
    found = (await session.scalars(used.where(EscalationPolicy.id.in_(theirs)))).all()
    found = found or (await session.scalars(used.where(EscalationPolicy.fallback))).all()
    return await versions_of(session, found)


async def versions_of(
    session: AsyncSession, policies: Sequence[EscalationPolicy]
) -> list[tuple[EscalationPolicy, EscalationPolicyVersion]]:
    """Policies with their present versions."""
    present = select(EscalationPolicyVersion).join(
        EscalationPolicy,
        (EscalationPolicy.id == EscalationPolicyVersion.policy_id)
        & (EscalationPolicy.version == EscalationPolicyVersion.version),
    )
    rows = await session.scalars(present.where(EscalationPolicy.id.in_([each.id for each in policies])))
    by_policy = {row.policy_id: row for row in rows}
    return [(each, by_policy[each.id]) for each in policies]


async def last_runs(session: AsyncSession, incident: Incident) -> dict[int, PagingRun]:
    """The last run by each policy."""
    runs = select(PagingRun).where(PagingRun.incident_id == incident.id, PagingRun.policy_id.is_not(None))
    return {run.policy_id: run for run in await session.scalars(runs.order_by(PagingRun.id)) if run.policy_id}
