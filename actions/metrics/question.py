"""A question for a metric, checked: what is asked, for whom, and as of which place in the feed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from actions import check
from actions.metrics.dimensions import DIMENSIONS
from actions.metrics.narrowing import EVERYTHING, Narrowing
from actions.metrics.tables import Tables, tables_at
from auth.actor import Actor
from auth.permission import Permission, require
from core.cursor import encode_cursor
from core.db import Reader
from core.errors import invalid, not_found
from core.zones import zone_or_utc
from models.metrics.calendar import Span, span_of
from models.metrics.definition import Definition
from models.metrics.definitions import definition
from models.organisation import Organisation
from models.words import MetricDimension, MetricPeriod

MOST_BUCKETS = 400
"""A year of days, and some."""
DAYS = {MetricPeriod.DAY: 1, MetricPeriod.WEEK: 7, MetricPeriod.MONTH: 28}
EARLIEST, LATEST = date(1971, 1, 1), date(9990, 12, 31)
LONGEST_KEY = 100
ROOM = text(
    "select set_config('work_mem', '32MB', true), set_config('parallel_setup_cost', '100', true),"
    " set_config('parallel_tuple_cost', '0.01', true)"
)
"""A hundred thousand values take more to be sorted than PostgreSQL gives by default; it would write them to disk.

It also takes workers to be dearer than they are here, where most of what is read is summed up.
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. The same question about the same place has the same answer, always (ADR 0022)."""

    definition: Definition
    span: Span
    period: MetricPeriod
    by: tuple[MetricDimension, ...]
    place: int
    tables: Tables = field(repr=False)
    organisation_zone: ZoneInfo
    narrowing: Narrowing = EVERYTHING

    @property
    def key(self) -> Hashable:
        """What the answer depends on besides what is in the database."""
        defined = self.definition.key, self.definition.version
        asked = self.span, self.period, self.by, self.narrowing
        return defined, asked, self.organisation_zone, self.place, self.tables.actor

    @property
    def cursor(self) -> str:
        """What to ask as of, to be given this answer again."""
        return encode_cursor(self.place)


async def read_question(
    reader: Reader,
    actor: Actor,
    *,
    metric: str,
    first_day: date,
    last_day: date,
    version: int | None = None,
    period: MetricPeriod = MetricPeriod.WEEK,
    time_zone: str | None = None,
    group_by: Sequence[MetricDimension] = (),
    as_of: str | None = None,
) -> Question:
    """The question that a client asks, for what the actor may see.

    NOT_FOUND for an unknown metric; INVALID_INPUT for an unknown version or zone, days in the wrong order or too many
    of them, and a cursor that is none; CURSOR_EXPIRED for what was not kept.
    """
    require(actor, Permission.READ)
    chosen = definition(_key(metric), version)
    own = zone_or_utc(await reader.scalar(select(Organisation.time_zone)) or "UTC")
    zone = own if time_zone is None else check.time_zone(time_zone, "time_zone")
    refuse_days(first_day, last_day, period)
    by = tuple(dict.fromkeys(group_by))
    for each in by:
        if each not in DIMENSIONS:
            raise invalid("group_by", f"Nothing is kept by {each.lower()} here.", f"Use {', '.join(DIMENSIONS)}.")
    tables = await tables_at(reader, actor, as_of)
    await reader.execute(ROOM)
    return Question(chosen, span_of(first_day, last_day, period, zone), period, by, tables.place, tables, own)


def _key(metric: str) -> str:
    if not metric.isprintable() or len(metric) > LONGEST_KEY:
        raise not_found("metric", "metric", metric)
    return metric.lower()


def refuse_days(first_day: date, last_day: date, period: MetricPeriod) -> None:
    """INVALID_INPUT for days that are no range, or too long a one."""
    for name, day in (("first_day", first_day), ("last_day", last_day)):
        if not EARLIEST <= day <= LATEST:
            raise invalid(name, f"{day} is beyond what can be asked for.", f"Give a day from {EARLIEST} to {LATEST}.")
    if last_day < first_day:
        raise invalid("last_day", f"{last_day} is before {first_day}.", "Give the days in their order; both count.")
    buckets = ((last_day - first_day).days + 1) // DAYS[period]
    if buckets > MOST_BUCKETS:
        hint = f"Ask for at most {MOST_BUCKETS}: for fewer days, or for longer buckets."
        raise invalid("last_day", f"That makes about {buckets:,} buckets, one each {period.lower()}.", hint)
