"""Paging whom somebody names: people, who is on call by a schedule, a policy, or the one of a service."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_service
from actions.members import find_people
from actions.named import find_policy, find_schedule
from actions.outward.paging import refuse_paging
from actions.paging.asking import take_step
from actions.paging.reach import people_of, plan_of, reachable
from actions.paging.starting import (
    begin_waiting,
    last_runs,
    loudness,
    policies_of,
    severity_of,
    start_run,
    versions_of,
    written_run,
)
from actions.record import now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.db import Within
from core.errors import invalid
from models.facts.paging import PagingStarted
from models.incident import Incident
from models.paging.policy import Escalation, EscalationPolicy, Step, Target
from models.paging.run import LIVE
from models.paging.words import PagingState, TargetKind
from models.severity import SeverityVersion

ANSWER_MINUTES = 5
"""How long whoever was named has before the last resort is paged."""
MOST = 20
"""People, and schedules, paged by name at once."""


async def page_somebody(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    users: Sequence[str] | None = None,
    schedules: Sequence[str] | None = None,
    policy: str | None = None,
    service: str | None = None,
    reason: str | None = None,
) -> Incident:
    """Page for an incident, now, whatever the hour: people and schedules, or a policy, or the policy of a service.

    A service without one has that of the organisation. CONFLICT once nobody works on the incident, and for one written
    down after the fact. INVALID_INPUT if none of them is given or several are, for people who may not see a private
    incident, for a policy of one, for schedules by which nobody is on call, and for a service that nobody is paged for.
    """
    require(actor, Permission.READ)
    check.few(users or [], "users", limit=MOST)
    check.few(schedules or [], "schedules", limit=MOST)
    why = check.optional_text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.PAGE_SOMEBODY, incident)
    refuse_paging(target)
    if sum((bool(users or schedules), policy is not None, service is not None)) != 1:
        hint = "Send users and schedules, or one of policy and service."
        raise invalid("users", "Say whom to page: people, or an escalation policy.", hint)
    severity = await severity_of(session, target)
    if policy is not None or service is not None:
        by = await find_policy(session, policy) if policy is not None else await policy_for(session, service or "")
        await _by_policy(session, actor, target, severity, by, "policy" if policy is not None else "service", why)
        return target
    named = await _named(session, target, users or [], schedules or [])
    plan = await plan_of(session, target, Escalation((Step(ANSWER_MINUTES, named),)), None, now(session))
    run = await written_run(session, target, None, None, plan | loudness(severity), None)
    fact = PagingStarted(run_id=run.id, urgency=run.plan["urgency"], plan=run.plan, reason=why)
    record(session, actor, fact, incident=target)
    await take_step(session, target, run, actor)
    return target


async def page_by_services(session: AsyncSession, actor: Actor, incident: Incident) -> list[EscalationPolicy]:
    """See to it that the policies of an incident's services page for it; those that do, or were answered.

    What waits for business hours goes on waiting. Empty: there is no policy, or the incident is private. It is locked.
    CONFLICT once nobody works on it.
    """
    found = [] if incident.private else await policies_of(session, incident)
    if not found:
        return []
    refuse_paging(incident)
    last, severity = await last_runs(session, incident), await severity_of(session, incident)
    for policy, version in found:
        run = last.get(policy.id)
        if run is None or run.state in (PagingState.STOPPED, PagingState.UNANSWERED):
            await start_run(session, actor, incident, severity, policy, version, None)
    return [policy for policy, _ in found]


async def policy_for(session: AsyncSession, service: str, field: str = "service") -> EscalationPolicy:
    """The policy by which people are paged for a service, else that of the organisation. INVALID_INPUT for neither."""
    row = await find_service(session, service, field)
    used = select(EscalationPolicy).where(EscalationPolicy.archived_at.is_(None))
    found = await session.scalar(used.where(EscalationPolicy.id == row.escalation_policy_id))
    found = found or await session.scalar(used.where(EscalationPolicy.fallback))
    if found is None:
        raise invalid(
            field,
            f"Nobody is paged for {row.name}: it has no escalation policy, and there is none to fall back to.",
            "Name people, or give the service a policy.",
        )
    return found


async def _named(
    session: AsyncSession, incident: Incident, users: Sequence[str], schedules: Sequence[str]
) -> tuple[Target, ...]:
    """The targets; each of them must lead to somebody who may see the incident."""
    people = await find_people(session, list(users), "users")
    rows = [await find_schedule(session, each, f"schedules.{i}") for i, each in enumerate(schedules)]
    known = set(await reachable(session, incident, [person.id for person in people]))
    for i, person in enumerate(people):
        if person.id not in known:
            raise invalid(f"users.{i}", f"{person.name} may not see this incident.", "Add them as a member first.")
    for i, row in enumerate(rows):
        target = Target(TargetKind.SCHEDULE, row.id)
        turns = await people_of(Within(session), [target], now(session))
        if not await reachable(session, incident, turns):
            wrong = f"Nobody who may see this incident is on call by {row.name} now."
            raise invalid(f"schedules.{i}", wrong, "Name people, or add them as members first.")
    return (
        *(Target(TargetKind.PERSON, person.id) for person in people),
        *(Target(TargetKind.SCHEDULE, row.id) for row in rows),
    )


async def _by_policy(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    severity: SeverityVersion | None,
    policy: EscalationPolicy,
    field: str,
    why: str | None,
) -> None:
    """Page by a policy; while it pages already that goes on as it is."""
    if incident.private:
        raise invalid(field, "Only its members know of a private incident.", "Page members of it by name.")
    last = (await last_runs(session, incident)).get(policy.id)
    if last is not None and last.state in LIVE:
        if last.state is PagingState.WAITING:
            await begin_waiting(session, incident, last)
        return
    version = (await versions_of(session, [policy]))[0][1]
    await start_run(session, actor, incident, severity, policy, version, None, why)
