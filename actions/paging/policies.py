"""Keeping escalation policies. Each save of whom they page is a new version: what pages already goes on by its own."""

from collections.abc import Sequence
from datetime import time

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import Saving, begin
from actions.find import find_person, find_team
from actions.named import find_schedule
from actions.paging.given import StepGiven, TargetGiven
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.paging.policy import (
    BusinessHours,
    Escalation,
    EscalationPolicy,
    EscalationPolicyVersion,
    Step,
    Target,
    escalation_of,
    kept,
)
from models.paging.words import TargetKind
from models.service import Service

MOST = 500
"""Policies in use."""
STEPS, TARGETS, REPEATS = 20, 20, 9
LONGEST = 24 * 60
"""Minutes after which a step follows at most."""
WEEK = 7


async def save_escalation_policy(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    team: str | Unset | None = UNSET,
    fallback: bool | Unset | None = UNSET,
    steps: Sequence[StepGiven] | Unset | None = UNSET,
    repeat: int | Unset | None = UNSET,
    last_resort: Sequence[TargetGiven] | Unset | None = UNSET,
    opens_at: str | Unset | None = UNSET,
    closes_at: str | Unset | None = UNSET,
    weekdays: Sequence[int] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> EscalationPolicy:
    """Add a policy, or change one: what is left out stays, null clears, lists replace lists. A new one needs steps.

    Weekdays count from 1, Monday. `fallback` takes that from the policy that has it. INVALID_INPUT names the step and
    the target at fault. CONFLICT for a name in use, and for archiving a policy that services page by, or that the
    organisation falls back to. VERSION_CONFLICT if it is no longer at `expected_version`.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, EscalationPolicy, id)
    row = saving.row
    if saving.creating:
        row.version = 0
        saving.given("steps", steps)
        await _room(session)
    elif isinstance(expected_version, int):
        check.expected_version(expected_version, row.version, "escalation policy")
    saving.text("name", name)
    if not isinstance(team, Unset):
        saving.set("team_id", (await find_team(session, team)).id if team is not None else None)
    if saving.archive(archived):
        await _refuse_used(session, row)
    await _fall_back(saving, fallback)
    await saving.write()
    before = await _latest(session, row)
    was = escalation_of(before.definition) if before is not None else Escalation(())
    wanted = Escalation(
        steps=await _steps(session, steps or []) if not isinstance(steps, Unset) else was.steps,
        repeat=_bounded(repeat or 0, "repeat", 0, REPEATS) if not isinstance(repeat, Unset) else was.repeat,
        last_resort=await _targets(session, last_resort or [], "last_resort")
        if not isinstance(last_resort, Unset)
        else was.last_resort,
        hours=_hours(was.hours, opens_at, closes_at, weekdays),
    )
    if before is None or kept(wanted) != before.definition:
        row.version += 1
        version = EscalationPolicyVersion(
            policy_id=row.id, version=row.version, definition=kept(wanted), created_at=now(session)
        )
        session.add(version)
        await session.flush()
        saving.note("steps", before.version if before is not None else None, row.version)
    saving.record(actor)
    return row


async def _room(session: AsyncSession) -> None:
    in_use = select(func.count()).where(EscalationPolicy.archived_at.is_(None))
    if (await session.scalar(in_use) or 0) >= MOST:
        raise conflict(f"There are {MOST} escalation policies.", hint="Archive one that is not needed any more.")


async def _refuse_used(session: AsyncSession, row: EscalationPolicy) -> None:
    using = select(Service.name).where(Service.escalation_policy_id == row.id, Service.archived_at.is_(None))
    service = await session.scalar(using.order_by(Service.name).limit(1))
    if service is not None:
        hint = "Give the service another policy first."
        raise conflict(f"The service {service!r} pages by it.", field="archived", hint=hint)
    ruled = select(RoutingRule.name).where(RoutingRule.page_policy_id == row.id).order_by(RoutingRule.position)
    rule = await session.scalar(ruled.limit(1))
    if rule is not None:
        hint = "Let the rule page by another policy first."
        raise conflict(f"The routing rule {rule!r} pages by it.", field="archived", hint=hint)
    if row.fallback:
        hint = "Let another policy be the one to fall back to first."
        raise conflict("The organisation falls back to it.", field="archived", hint=hint)


async def _fall_back(saving: Saving[EscalationPolicy], fallback: bool | Unset | None) -> None:
    """Make it the policy to fall back to, or no longer: at most one is."""
    if isinstance(fallback, Unset):
        return
    if fallback and saving.row.archived:
        raise invalid("fallback", "An archived policy pages nobody.", "Bring it back first.")
    if fallback and not saving.row.fallback:
        taken = update(EscalationPolicy).where(EscalationPolicy.fallback)
        await saving.session.execute(taken.values(fallback=False))
    saving.set("fallback", bool(fallback))


async def _latest(session: AsyncSession, row: EscalationPolicy) -> EscalationPolicyVersion | None:
    mine = EscalationPolicyVersion.policy_id == row.id, EscalationPolicyVersion.version == row.version
    return (await session.scalars(select(EscalationPolicyVersion).where(*mine))).one_or_none()


async def _steps(session: AsyncSession, given: Sequence[StepGiven]) -> tuple[Step, ...]:
    check.few(given, "steps", limit=STEPS)
    if not given:
        raise invalid("steps", "A policy without steps pages nobody.", "Say whom to page first.")
    found = []
    for i, step in enumerate(given):
        minutes = _bounded(step.after_minutes, f"steps.{i}.after_minutes", 1, LONGEST)
        targets = await _targets(session, step.targets, f"steps.{i}.targets")
        if not targets:
            raise invalid(f"steps.{i}.targets", "This step pages nobody.", "Name somebody, or leave the step out.")
        found.append(Step(minutes, targets))
    return tuple(found)


async def _targets(session: AsyncSession, given: Sequence[TargetGiven], field: str) -> tuple[Target, ...]:
    check.few(given, field, limit=TARGETS)
    found = []
    for i, each in enumerate(given):
        place = f"{field}.{i}"
        if sum(bool(value) for value in (each.person, each.schedule, each.team)) != 1:
            raise invalid(place, "A target is one of person, schedule and team.", "Send exactly one of them.")
        if each.person:
            found.append(Target(TargetKind.PERSON, (await find_person(session, each.person, f"{place}.person")).id))
        elif each.schedule:
            schedule = await find_schedule(session, each.schedule, f"{place}.schedule")
            found.append(Target(TargetKind.SCHEDULE, schedule.id))
        else:
            team = await find_team(session, each.team or "", f"{place}.team")
            found.append(Target(TargetKind.TEAM_MANAGER, team.id))
    return tuple(dict.fromkeys(found))


def _bounded(value: int, field: str, least: int, most: int) -> int:
    if not least <= value <= most:
        raise invalid(field, f"{value} is not from {least} to {most}.", f"Send a number from {least} to {most}.")
    return value


def _hours(
    was: BusinessHours,
    opens_at: str | Unset | None,
    closes_at: str | Unset | None,
    weekdays: Sequence[int] | Unset | None,
) -> BusinessHours:
    standard = BusinessHours()
    opens = was.opens_at if isinstance(opens_at, Unset) else _clock(opens_at, "opens_at", standard.opens_at)
    closes = was.closes_at if isinstance(closes_at, Unset) else _clock(closes_at, "closes_at", standard.closes_at)
    if closes <= opens:
        raise invalid("closes_at", f"It closes at {closes:%H:%M}, before it opens.", "Send a later time.")
    if isinstance(weekdays, Unset):
        return BusinessHours(opens, closes, was.weekdays)
    days = frozenset(_bounded(day, f"weekdays.{i}", 1, WEEK) - 1 for i, day in enumerate(weekdays or []))
    return BusinessHours(opens, closes, days or standard.weekdays)


def _clock(value: str | None, field: str, otherwise: time) -> time:
    return check.time_of_day(value, field) if value is not None else otherwise
