"""Beginning to page: by the policies of the services of an incident, or whom somebody names."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.members import find_people
from actions.named import find_policy
from actions.outward.paging import refuse_paging
from actions.paging.asking import take_step
from actions.paging.reach import Plan, plan_of, reachable
from actions.record import now, record
from auth.actor import SYSTEM, Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import invalid
from models.facts.paging import PagingStarted
from models.incident import Incident, IncidentService
from models.organisation import Organisation
from models.paging.policy import Escalation, EscalationPolicy, EscalationPolicyVersion, Step, Target, escalation_of
from models.paging.run import LIVE, PagingRun
from models.paging.words import PagingState, TargetKind, Urgency
from models.service import Service
from models.severity import SeverityVersion
from models.words import IncidentKind, PagingScope

LOUD_RANK = 2
"""The worst severities page with high urgency."""
WORST_RANK = 1
"""The one that quiet hours do not hold back."""
ANSWER_MINUTES = 5
"""How long whoever was named has before the last resort is paged."""
MOST = 20
"""People paged by name at once."""


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
    policies = await _policies(session, incident)
    if not policies:
        return
    last = await _last_runs(session, incident)
    zone = ZoneInfo(await session.scalar(select(Organisation.time_zone)) or "UTC")
    for policy, version in policies:
        run, escalation = last.get(policy.id), escalation_of(version.definition)
        opens = escalation.hours.next_open(now(session), zone) if obligations.business_hours_only else None
        waits = opens if opens is not None and opens > now(session) else None
        over = (PagingState.STOPPED, PagingState.UNANSWERED, *((PagingState.ACKNOWLEDGED,) if anew else ()))
        if run is None or run.state in over:
            await _start(session, actor, incident, severity, policy, version, waits)
        elif run.state in LIVE:
            run.plan = {**run.plan, **_loudness(severity)}
            if run.state is PagingState.WAITING and waits is None:
                await begin_waiting(session, incident, run)


async def go_on(session: AsyncSession, incident: Incident, run: PagingRun, actor: Actor = SYSTEM) -> None:
    """Take the next step of a live run; one that waits for business hours begins. The incident is locked."""
    if run.state is PagingState.WAITING:
        await begin_waiting(session, incident, run)
    else:
        await take_step(session, incident, run, actor)


async def begin_waiting(session: AsyncSession, incident: Incident, run: PagingRun) -> None:
    """Business hours began: whoever is on call now is paged, by the policy as it was when the run was made."""
    version = await session.get_one(EscalationPolicyVersion, run.policy_version_id)
    policy = await session.get_one(EscalationPolicy, run.policy_id)
    plan = await plan_of(session, incident, escalation_of(version.definition), policy.team_id, now(session))
    run.plan = {**run.plan, **plan}
    await take_step(session, incident, run)


async def page_somebody(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    users: Sequence[str] | None = None,
    policy: str | None = None,
    reason: str | None = None,
) -> Incident:
    """Page people by name, or by an escalation policy, for an incident, now, whatever the hour.

    CONFLICT once nobody works on the incident, and for one written down after the fact. INVALID_INPUT if neither or
    both are given, for people who may not see a private incident, and for a policy of one.
    """
    require(actor, Permission.READ)
    check.few(users or [], "users", limit=MOST)
    why = check.optional_text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.PAGE_SOMEBODY, incident)
    refuse_paging(target)
    if bool(users) == (policy is not None):
        raise invalid("users", "Say whom to page: people, or an escalation policy.", "Send one of users and policy.")
    severity = await _severity(session, target)
    if policy is not None:
        await _by_policy(session, actor, target, severity, policy, why)
        return target
    people = await find_people(session, list(users or []), "users")
    known = set(await reachable(session, target, [person.id for person in people]))
    for i, person in enumerate(people):
        if person.id not in known:
            raise invalid(f"users.{i}", f"{person.name} may not see this incident.", "Add them as a member first.")
    named = tuple(Target(TargetKind.PERSON, person.id) for person in people)
    plan = await plan_of(session, target, Escalation((Step(ANSWER_MINUTES, named),)), None, now(session))
    run = await _written(session, target, None, None, plan | _loudness(severity), None)
    fact = PagingStarted(run_id=run.id, urgency=run.plan["urgency"], plan=run.plan, reason=why)
    record(session, actor, fact, incident=target)
    await take_step(session, target, run, actor)
    return target


async def _by_policy(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    severity: SeverityVersion | None,
    reference: str,
    why: str | None,
) -> None:
    """Page by a policy; while it pages already that goes on as it is."""
    policy = await find_policy(session, reference)
    if incident.private:
        raise invalid("policy", "Only its members know of a private incident.", "Page members of it by name.")
    last = (await _last_runs(session, incident)).get(policy.id)
    if last is not None and last.state is PagingState.RUNNING:
        return
    if last is not None and last.state is PagingState.WAITING:
        await begin_waiting(session, incident, last)
        return
    version = (await _versions(session, [policy]))[0][1]
    await _start(session, actor, incident, severity, policy, version, None, why)


async def _start(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    severity: SeverityVersion | None,
    policy: EscalationPolicy,
    version: EscalationPolicyVersion,
    waits: datetime | None,
    reason: str | None = None,
) -> None:
    escalation = escalation_of(version.definition)
    plan = await plan_of(session, incident, escalation, policy.team_id, now(session)) | _loudness(severity)
    run = await _written(session, incident, policy, version, plan, waits)
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


async def _written(
    session: AsyncSession,
    incident: Incident,
    policy: EscalationPolicy | None,
    version: EscalationPolicyVersion | None,
    plan: Plan,
    waits: datetime | None,
) -> PagingRun:
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


def _loudness(severity: SeverityVersion | None) -> Plan:
    loud = severity is None or severity.rank <= LOUD_RANK
    return {
        "urgency": (Urgency.HIGH if loud else Urgency.LOW).value,
        "through_quiet": severity is not None and severity.rank <= WORST_RANK,
        "severity_id": severity.severity_id if severity else None,
    }


async def _severity(session: AsyncSession, incident: Incident) -> SeverityVersion | None:
    key = incident.severity_version_id
    return await session.get(SeverityVersion, key) if key is not None else None


async def _policies(
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
    return await _versions(session, found)


async def _versions(
    session: AsyncSession, policies: Sequence[EscalationPolicy]
) -> list[tuple[EscalationPolicy, EscalationPolicyVersion]]:
    present = select(EscalationPolicyVersion).join(
        EscalationPolicy,
        (EscalationPolicy.id == EscalationPolicyVersion.policy_id)
        & (EscalationPolicy.version == EscalationPolicyVersion.version),
    )
    rows = await session.scalars(present.where(EscalationPolicy.id.in_([each.id for each in policies])))
    by_policy = {row.policy_id: row for row in rows}
    return [(each, by_policy[each.id]) for each in policies]


async def _last_runs(session: AsyncSession, incident: Incident) -> dict[int, PagingRun]:
    """The last run by each policy."""
    runs = select(PagingRun).where(PagingRun.incident_id == incident.id, PagingRun.policy_id.is_not(None))
    return {run.policy_id: run for run in await session.scalars(runs.order_by(PagingRun.id)) if run.policy_id}
