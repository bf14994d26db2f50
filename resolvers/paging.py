"""Paging: policies, what pages for incidents, and how the viewer wants to be paged."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, select

from auth.actor import Actor
from core.kept import among, with_keys
from models.alert import Alert
from models.incident import Incident
from models.paging.contact import ContactMethod, PagingPreference
from models.paging.policy import Escalation, EscalationPolicy, EscalationPolicyVersion, Target, escalation_of
from models.paging.run import Page, PageAttempt, PagingRun
from models.paging.words import TargetKind, Urgency
from resolvers.context import Context
from resolvers.mutations.perform import Outcome
from resolvers.rows import by_key, children, named

RUNS = select(PagingRun, PagingRun.incident_id).where(among(PagingRun.incident_id)).order_by(PagingRun.id)
PAGES = select(Page, Page.run_id).where(among(Page.run_id)).order_by(Page.id)


@dataclass(frozen=True, slots=True)
class TargetRow:
    """Whom a step pages: one of the three."""

    kind: TargetKind
    person_id: int | None
    schedule_id: int | None
    team_id: int | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """Everybody who is paged at once, and for how long an answer is waited for."""

    after_minutes: int
    targets: list[TargetRow]


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """Whom a policy pages."""

    steps: list[StepRow]
    repeat: int
    last_resort: list[TargetRow]
    opens_at: str
    closes_at: str
    weekdays: list[int]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """By which way, how many minutes after a page."""

    method_id: int | None
    after_minutes: int


@dataclass(frozen=True, slots=True)
class RulesRow:
    """How somebody wants to be paged."""

    high: list[RuleRow]
    low: list[RuleRow]
    quiet_from: str | None
    quiet_until: str | None
    zone: str


async def escalation_policies(ctx: Context) -> list[EscalationPolicy]:
    """All by name, archived ones last."""
    order = (EscalationPolicy.archived_at.is_not(None), func.lower(EscalationPolicy.name), EscalationPolicy.id)
    return await ctx.reader.rows(EscalationPolicy, select(EscalationPolicy).order_by(*order))


async def escalation_policy(ctx: Context, *, ref: str) -> EscalationPolicy | None:
    """The one with this name, in any case, or id; None if there is none."""
    return await named(ctx, EscalationPolicy, ref)


async def definitions(ctx: Context, policies: Sequence[EscalationPolicy]) -> list[DefinitionRow]:
    """Whom each pages, by its present version."""
    return [_definition(escalation) for escalation in await escalations(ctx, policies)]


async def escalations(ctx: Context, policies: Sequence[EscalationPolicy]) -> list[Escalation]:
    """The steps of each, by its present version."""
    mine = select(EscalationPolicyVersion).where(
        EscalationPolicyVersion.policy_id.in_([row.id for row in policies]),
        EscalationPolicyVersion.version
        == select(EscalationPolicy.version)
        .where(EscalationPolicy.id == EscalationPolicyVersion.policy_id)
        .scalar_subquery(),
    )
    found = {row.policy_id: row for row in await ctx.reader.rows(EscalationPolicyVersion, mine)}
    return [escalation_of(found[row.id].definition) for row in policies]


async def runs(ctx: Context, incidents: Sequence[Incident]) -> list[list[PagingRun]]:
    """What pages, or paged, for each, in the order in which it began."""
    found = await children(ctx, PagingRun, RUNS, with_keys(row.id for row in incidents))
    return [found.get(row.id, []) for row in incidents]


async def runs_of_alerts(ctx: Context, alerts: Sequence[Alert]) -> list[PagingRun | None]:
    """What pages, or asks, for each alert without an incident."""
    found = await by_key(ctx, PagingRun, (alert.paging_run_id for alert in alerts))
    return [found.get(alert.paging_run_id or 0) for alert in alerts]


async def pages(ctx: Context, rows: Sequence[PagingRun]) -> list[list[Page]]:
    """The pages of each run, in order."""
    found = await children(ctx, Page, PAGES, with_keys(row.id for row in rows))
    return [found.get(row.id, []) for row in rows]


async def attempts(ctx: Context, rows: Sequence[Page]) -> list[list[PageAttempt]]:
    """The ways that each page goes by, in order."""
    theirs = select(PageAttempt, PageAttempt.page_id).where(PageAttempt.page_id.in_([row.id for row in rows]))
    found = await children(ctx, PageAttempt, theirs.order_by(PageAttempt.position))
    return [found.get(row.id, []) for row in rows]


def own_methods(actor: Actor) -> ColumnElement[bool]:
    """The condition on ways to be reached that holds for an actor's own."""
    return ContactMethod.user_id == actor.user_id if actor.user_id is not None else false()


async def contact_methods(ctx: Context) -> list[ContactMethod]:
    """The viewer's own, in the order in which they came."""
    mine = select(ContactMethod).where(own_methods(ctx.actor), ContactMethod.archived_at.is_(None))
    return await ctx.reader.rows(ContactMethod, mine.order_by(ContactMethod.id))


async def notification_rules(ctx: Context) -> RulesRow:
    """The viewer's own; where there are none, what holds then."""
    mine = select(PagingPreference).where(PagingPreference.user_id == ctx.actor.user_id)
    row = await ctx.reader.row(PagingPreference, mine) if ctx.actor.user_id is not None else None
    if row is None:
        return RulesRow([RuleRow(None, 0)], [RuleRow(None, 0)], None, None, "UTC")
    high, low = ([RuleRow(**rule) for rule in row.rules.get(urgency.value, [])] for urgency in Urgency)
    at_once = [RuleRow(None, 0)]
    begins, ends = (each.isoformat("minutes") if each else None for each in (row.quiet_from, row.quiet_until))
    return RulesRow(high or at_once, low or at_once, begins, ends, row.zone)


async def rules_after(ctx: Context, outcomes: Sequence[Outcome]) -> list[RulesRow]:
    """The viewer's rules after a change."""
    return [await notification_rules(ctx)] * len(outcomes)


async def methods_of(ctx: Context, rules: Sequence[RuleRow]) -> list[ContactMethod | None]:
    """The way of each rule of the viewer; None: the address of the account."""
    found = await by_key(ctx, ContactMethod, [rule.method_id for rule in rules], own_methods(ctx.actor))
    return [found.get(rule.method_id) if rule.method_id is not None else None for rule in rules]


def _definition(escalation: Escalation) -> DefinitionRow:
    hours = escalation.hours
    return DefinitionRow(
        [StepRow(step.after_minutes, [_target(each) for each in step.targets]) for step in escalation.steps],
        escalation.repeat,
        [_target(each) for each in escalation.last_resort],
        hours.opens_at.isoformat("minutes"),
        hours.closes_at.isoformat("minutes"),
        sorted(day + 1 for day in hours.weekdays),
    )


def _target(target: Target) -> TargetRow:
    return TargetRow(
        target.kind,
        target.key if target.kind is TargetKind.PERSON else None,
        target.key if target.kind is TargetKind.SCHEDULE else None,
        target.key if target.kind is TargetKind.TEAM_MANAGER else None,
    )
