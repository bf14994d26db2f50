"""The audit of a quarter, or of other days: how the incidents of a time stand against each check, and what changed.

The same question about the same place in the feed, with the same versions, has the same answer (ADR 0022).
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, cast

from sqlalchemy import select

from actions import check as checked
from actions.archived import archived_from
from actions.metrics.question import ROOM, refuse_days
from actions.metrics.tables import Tables, tables_at
from actions.practice.judging import judge
from actions.practice.reading import read_courses
from actions.practice.tuning import standards_at
from auth.actor import Actor
from auth.permission import Permission, require
from core.cursor import encode_cursor
from core.db import Reader
from core.errors import invalid
from core.feed import gone_to_archive
from core.zones import zone_or_utc
from models.event import Event
from models.metrics.calendar import DAY, Span, span_of
from models.organisation import Organisation
from models.practice.checks import find_check
from models.practice.course import Course, Finding
from models.practice.definition import InForce
from models.practice.words import Trend, Verdict
from models.words import MetricPeriod

QUARTER = re.compile(r"([1-9]\d{3})-Q([1-4])")
MONTHS = 3
EARLIEST, LATEST = 1972, 9989
"""Years whose quarters, and those before them, can be asked for."""
MOST_DAYS = 366
MOST_INCIDENTS = 20_000
"""Incidents that one audit looks at, those of the time before included."""


class CheckWanted(Protocol):
    """A check that is asked for, in a version or in the one in force."""

    check: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many incidents of a time passed, and what that comes to."""

    verdict: Verdict
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    beside: int = 0

    @property
    def share(self) -> float | None:
        """The part that passed, of those that passed or failed; None if there are none."""
        judged = self.passed + self.failed
        return round(self.passed / judged, 6) if judged else None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A check with what came of it, in the time that is asked about and in the one before."""

    standard: InForce
    now: Standing
    before: Standing
    findings: dict[int, Finding]
    """By incident of the time asked about."""

    @property
    def trend(self) -> Trend:
        """How it has changed since the time before."""
        counted = self.standard.check.at_least
        new: float | None = self.now.passed if counted else self.now.share
        old: float | None = self.before.passed if counted else self.before.share
        if new is None or old is None or not self.standard.tuning.enabled:
            return Trend.UNKNOWN
        return Trend.SAME if new == old else Trend.BETTER if new > old else Trend.WORSE


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer: about which days, as of where, and each check."""

    span: Span
    place: int
    moment: datetime
    incidents: int
    checks: list[Judged]

    @property
    def cursor(self) -> str:
        """What to ask as of, to be given this answer again."""
        return encode_cursor(self.place)

    @property
    def quarter(self) -> str | None:
        """The quarter that the days are, if they are one."""
        first, last = self.span.whole.first_day, self.span.whole.last_day
        name = _quarter_of(first)
        return name if _days_of(name) == (first, last) else None


async def read_audit(
    reader: Reader,
    actor: Actor,
    *,
    quarter: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    time_zone: str | None = None,
    checks: Sequence[CheckWanted] | None = None,
    as_of: str | None = None,
) -> Audit:
    """How the practice stood in some days, by default in the present quarter, for what the actor may see.

    NOT_FOUND for an unknown check; INVALID_INPUT for days that are none, a zone that is none and too many incidents;
    CURSOR_EXPIRED for what was not kept.
    """
    require(actor, Permission.READ)
    own = zone_or_utc(await reader.scalar(select(Organisation.time_zone)) or "UTC")
    zone = own if time_zone is None else checked.time_zone(time_zone, "time_zone")
    days = _days(quarter, first_day, last_day, reader.clock.now().astimezone(zone).date())
    span = span_of(*days, MetricPeriod.MONTH, zone)
    wanted = None if checks is None else [find_check(each.check, each.version) for each in checks]
    tables = await tables_at(reader, actor, as_of)
    moment = await moment_of(reader, tables.place)
    standards = await standards_at(reader, tables.place, wanted)
    courses = await _courses(reader, tables, span, moment, standards)
    found = await asyncio.to_thread(_judge_all, courses, standards, span, moment)
    in_time = sum(course.detected_at >= span.edges[1] for course in courses)
    return Audit(span, tables.place, moment, in_time, found)


async def moment_of(reader: Reader, place: int) -> datetime:
    """What counts as the present at a place: when its newest event was written. Of an empty feed, now.

    CURSOR_EXPIRED if that event may have been archived: it would be an earlier one then, without a word.
    """
    newest = select(Event.id, Event.recorded_at).where(Event.id <= place).order_by(Event.id.desc()).limit(1)
    found = await reader.execute(newest)
    if not found:
        return reader.clock.now()
    ((key, moment),) = found
    if key != place and await reader.scalar(select(archived_from(place))):
        raise gone_to_archive("as_of")
    return cast("datetime", moment)


def _days(quarter: str | None, first_day: date | None, last_day: date | None, today: date) -> tuple[date, date]:
    if quarter is not None:
        if first_day is not None or last_day is not None:
            raise invalid("quarter", "There are a quarter and days.", "Send the quarter, or firstDay and lastDay.")
        return _days_of(quarter)
    if first_day is None and last_day is None:
        return _days_of(_quarter_of(today))
    if first_day is None or last_day is None:
        missing = "first_day" if first_day is None else "last_day"
        raise invalid(missing, "One of the days is missing.", "Send firstDay and lastDay; both count.")
    refuse_days(first_day, last_day, MetricPeriod.MONTH)
    if (last_day - first_day).days >= MOST_DAYS:
        raise invalid("last_day", "These are too many days.", f"Ask for at most {MOST_DAYS}.")
    return first_day, last_day


def _days_of(quarter: str) -> tuple[date, date]:
    found = QUARTER.fullmatch(quarter.upper()) if quarter.isascii() else None
    if found is None or not EARLIEST <= int(found[1]) <= LATEST:
        raise invalid("quarter", f"{quarter[:80]!r} is no quarter.", "Write it as 2026-Q4.")
    year, month = int(found[1]), MONTHS * (int(found[2]) - 1) + 1
    after = date(year + (month > 12 - MONTHS), (month + MONTHS - 1) % 12 + 1, 1)
    return date(year, month, 1), after - DAY


def _quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month - 1) // MONTHS + 1}"


async def _courses(
    reader: Reader, tables: Tables, span: Span, moment: datetime, standards: Sequence[InForce]
) -> list[Course]:
    """The incidents that were detected in the time asked about, and in the one before."""
    await reader.execute(ROOM)
    seen = tables.seen
    inside = (seen.c.detected_at >= span.edges[0], seen.c.detected_at < span.edges[-1])
    rows = await reader.execute(select(seen).where(*inside).order_by(seen.c.id).limit(MOST_INCIDENTS + 1))
    if len(rows) > MOST_INCIDENTS:
        hint = f"Ask for fewer days: at most {MOST_INCIDENTS:,} incidents, those of the time before included."
        raise invalid("last_day", "There are too many incidents in these days.", hint)
    checks = [each.check.key for each in standards if each.tuning.enabled]
    return await read_courses(reader, tables, rows, moment, checks)


def _judge_all(courses: Sequence[Course], standards: Sequence[InForce], span: Span, moment: datetime) -> list[Judged]:
    begun, over = span.edges[1], moment >= span.edges[-1]
    before = [course for course in courses if course.detected_at < begun]
    after = [course for course in courses if course.detected_at >= begun]
    return [_judge(after, before, standard, over=over) for standard in standards]


def _judge(courses: Sequence[Course], before: Sequence[Course], standard: InForce, *, over: bool) -> Judged:
    if not standard.tuning.enabled:
        nothing = Standing(Verdict.NOT_APPLICABLE)
        return Judged(standard, nothing, nothing, {})
    findings = {course.id: judge(course, standard) for course in courses}
    earlier = [judge(course, standard).verdict for course in before]
    now = standing([each.verdict for each in findings.values()], standard, over=over)
    return Judged(standard, now, standing(earlier, standard, over=True), findings)


def standing(verdicts: Sequence[Verdict], standard: InForce, *, over: bool) -> Standing:
    """What the verdicts on incidents come to; `over`: the time is past, and nothing can be made up for."""
    count = Counter(verdicts)
    passed, failed = count[Verdict.PASS], count[Verdict.FAIL]
    numbers = (passed, failed, count[Verdict.UNKNOWN], count[Verdict.NOT_APPLICABLE])
    if standard.check.at_least:
        missing = Verdict.FAIL if over else Verdict.UNKNOWN
        return Standing(Verdict.PASS if passed >= (standard.limit or 0) else missing, *numbers)
    if passed + failed == 0:
        return Standing(Verdict.UNKNOWN if count[Verdict.UNKNOWN] else Verdict.NOT_APPLICABLE, *numbers)
    enough = passed >= standard.target * (passed + failed)
    return Standing(Verdict.PASS if enough else Verdict.FAIL, *numbers)
