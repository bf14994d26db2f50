"""What was observed, each in its cell: a bucket of the span, and a group of each dimension that is asked for."""

from typing import Any, Protocol

from sqlalchemy import Date, DateTime, FromClause, Select, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from actions.metrics import courses, efforts
from actions.metrics.dimensions import DIMENSIONS
from actions.metrics.narrowing import conditions, same
from actions.metrics.question import Question
from actions.metrics.tables import Tables
from models.metrics.calendar import Span
from models.metrics.definition import Definition, Matter
from models.words import MetricDimension

Observed = Select[*tuple[Any, ...]]


class Observer(Protocol):
    """Looks at tables in the way of a definition."""

    def __call__(self, tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Observed:
        """What it sees in a span: all, or what has a value."""


OBSERVERS: dict[Matter, Observer] = {
    Matter.INCIDENT: courses.incidents,
    Matter.DURATION: courses.durations,
    Matter.STAGE: courses.stays,
    Matter.REOPENING: courses.reopenings,
    Matter.ROLE: efforts.roles,
    Matter.PROMISE: efforts.promises,
    Matter.HOURS: efforts.hours,
    Matter.ACTION_ITEM: efforts.action_items,
}


def observe(question: Question, span: Span, *, valued: bool) -> Observed:
    """What the definition sees in a span and in the time before it; `valued`: only what has a value."""
    definition, tables = question.definition, question.tables
    if definition.matter is Matter.PAGE:
        return efforts.pages(tables, definition, span, question.organisation_zone)
    return OBSERVERS[definition.matter](tables, definition, span, valued=valued)


def cells(question: Question, *, grouped: bool, before: bool = False, valued: bool = True) -> FromClause:
    """Per observation `incident_id`, `subject`, `at`, `value`, `left_out`, `bucket` (0: the time before), its groups.

    The groups are columns of their dimensions' names; what belongs to several groups is there for each. `before`:
    whether the time before is wanted; `valued`: only what has a value. What the question is narrowed away from is not
    there.
    """
    by = question.by if grouped else ()
    narrowed = dict(question.narrowing.groups)
    span = question.span if before else question.span.alone
    observed = observe(question, span, valued=valued)
    by_team = MetricDimension.TEAM in (*by, *narrowed)
    seen: FromClause = observed.cte("seen") if by_team else observed.subquery("seen")
    source, keys = seen, {}
    for each in dict.fromkeys((*by, *narrowed)):
        source, keys[each] = DIMENSIONS[each].join(question.tables, seen, source)
    counts = [*conditions(question.narrowing, span, seen), *(same(keys[each], key) for each, key in narrowed.items())]
    days, edges = literal(span.days, ARRAY(Date)), literal(span.edges, ARRAY(DateTime(timezone=True)))
    bucket = func.width_bucket(seen.c.at, days if question.definition.by_day else edges) - 1
    columns = (seen.c.incident_id, seen.c.subject, seen.c.at, seen.c.value, seen.c.left_out, bucket.label("bucket"))
    groups = (keys[each].label(each.value) for each in by)
    return select(*columns, *groups).select_from(source).where(*counts).subquery("cell")
