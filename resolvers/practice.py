"""The practice: its checks, how incidents stand against them, and the audit of a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import strawberry
from sqlalchemy import select

from actions.metrics.tables import Tables
from actions.places import newest_place
from actions.practice.audit import MOST_DAYS, Audit, Judged, moment_of, read_audit
from actions.practice.judging import judge
from actions.practice.reading import read_courses
from actions.practice.tuning import standards_at
from models.incident import Incident
from models.practice.checks import CHECKS, find_check
from models.practice.course import Finding
from models.practice.definition import InForce
from models.practice.tuning import PracticeTuning
from models.practice.words import Verdict
from resolvers.behind import pages, piece_of
from resolvers.context import Context
from resolvers.mutations.perform import Outcome, keywords
from resolvers.page import Cursor, Order, Page, paging

BEHIND = Order("practice.incidents", (Incident.id,), descending=True)


@strawberry.input(description="A check that is asked for.")
class PracticeCheckInput:
    """A check, and in which version."""

    check: str = strawberry.field(description="Its key, such as `roles_filled`. NOT_FOUND if unknown.")
    version: int | None = strawberry.field(default=None, description="By default the one in force.")


@strawberry.input(description="Which time to audit: a quarter, or days; without either, the present quarter.")
class PracticeAuditInput:
    """What a client asks; what is absent is not asked."""

    quarter: str | None = strawberry.field(default=strawberry.UNSET, description="Such as `2026-Q4`.")
    first_day: date | None = strawberry.field(
        default=strawberry.UNSET, description="Instead of a quarter: the first day that counts, in the time zone."
    )
    last_day: date | None = strawberry.field(
        default=strawberry.UNSET, description=f"The last day that counts, itself included; at most {MOST_DAYS}."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="In which days begin and end: an IANA name such as Europe/Berlin. By default the organisation's.",
    )
    checks: list[PracticeCheckInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Only these; by default all, each in the version in force."
    )
    as_of: Cursor | None = strawberry.field(
        default=strawberry.UNSET,
        description="As it was when the feed stood at this cursor, such as the `cursor` of an earlier answer: the same"
        " question is then given the same answer, whatever was corrected or tuned since. CURSOR_EXPIRED if that was"
        " not kept.",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """How an incident stands against a check."""

    standard: InForce
    finding: Finding


async def checks(ctx: Context, *, check: str | None = None) -> list[InForce]:
    """The checks in force, or all versions of one, as they are tuned today."""
    wanted = None if check is None else CHECKS[find_check(check).key]
    return await standards_at(ctx.reader, await newest_place(ctx.reader), wanted)


async def audit(ctx: Context, *, input: PracticeAuditInput) -> Audit:  # noqa: A002 (the name that clients know)
    """How the practice stood in a time."""
    return await read_audit(ctx.reader, ctx.actor, **keywords(input))


async def findings(
    ctx: Context, incidents: Sequence[Incident], *, checks: list[str] | None = None
) -> list[list[Found]]:
    """How each incident stands against each check that is switched on."""
    place = await newest_place(ctx.reader)
    wanted = None if checks is None else [find_check(key, field="checks") for key in dict.fromkeys(checks)]
    standards = [each for each in await standards_at(ctx.reader, place, wanted) if each.tuning.enabled]
    moment = await moment_of(ctx.reader, place)
    tables, keys = Tables(ctx.actor, place, past=False), [each.check.key for each in standards]
    rows = list({incident.id: incident for incident in incidents}.values())
    courses = {course.id: course for course in await read_courses(ctx.reader, tables, rows, moment, keys)}
    return [
        [Found(standard, judge(courses[incident.id], standard)) for standard in standards] for incident in incidents
    ]


async def incidents(
    ctx: Context,
    judged: Sequence[Judged],
    *,
    verdict: Verdict = Verdict.FAIL,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Incident]]:
    """A page of the incidents of each check with a verdict, as they are today."""
    wanted = paging(first, after, last, before)
    size, backward, below, above = piece_of(BEHIND, wanted, after, before)
    keys = []
    for each in judged:
        own = (key for key, finding in each.findings.items() if finding.verdict is verdict)
        inside = (key for key in own if (below is None or key < below) and (above is None or key > above))
        keys.append(sorted(inside, reverse=not backward)[:size])
    return await pages(ctx, BEHIND, wanted, keys)


async def tuned(ctx: Context, outcomes: Sequence[Outcome]) -> list[InForce]:
    """The check that each mutation tuned, as it is now."""
    rows = await ctx.reader.execute(
        select(PracticeTuning.id, PracticeTuning.key).where(PracticeTuning.id.in_({each.key for each in outcomes}))
    )
    keys = {row.id: row.key for row in rows}
    standards = {each.check.key: each for each in await checks(ctx)}
    return [standards[keys[outcome.key]] for outcome in outcomes]
