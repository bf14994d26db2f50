"""Gaps in practice: the checks of the practice audit that fail in the days of a dashboard."""

from dataclasses import dataclass
from urllib.parse import urlencode

from actions.practice.audit import read_audit
from console.board.asked import Asked
from console.practice_forms import figure_of
from core.errors import DomainError
from models.practice.words import Verdict
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Gap:
    """A check that fails: what it is about, how it stands, and how it has moved."""

    key: str
    name: str
    figure: str
    moved: str
    href: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """All of them; or why the audit can't be made of these days."""

    href: str
    failing: list[Gap]
    passing: int
    refusal: str = ""


def audit_of(asked: Asked) -> str:
    """The address of the audit of a dashboard's days."""
    span = asked.question.span
    days = {"firstDay": span.whole.first_day, "lastDay": span.whole.last_day, "timeZone": span.zone.key}
    return f"/practice.html?{urlencode(days)}"


async def read_gaps(ctx: Context, asked: Asked) -> Gaps:
    """The gaps in the days of a dashboard, of all that the viewer may see: a practice is not of one team or service."""
    span, address = asked.question.span, audit_of(asked)
    first, last = span.whole.first_day, span.whole.last_day
    try:
        audit = await read_audit(ctx.reader, ctx.actor, first_day=first, last_day=last, time_zone=span.zone.key)
    except DomainError as error:
        return Gaps(address, [], 0, f"{error.message} {error.hint or ''}".strip())
    failing = [
        Gap(each.standard.check.key, each.standard.check.name, *figure_of(each), f"{address}#{each.standard.check.key}")
        for each in audit.checks
        if each.now.verdict is Verdict.FAIL
    ]
    return Gaps(address, failing, sum(each.now.verdict is Verdict.PASS for each in audit.checks))
