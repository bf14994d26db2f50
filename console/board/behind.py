"""`/console/dashboard/{metric}`: the incidents behind a number, each with its own value, and those left out."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from actions.metrics.answer import Answer, Placed
from actions.metrics.behind import Cell
from actions.metrics.narrowing import Hours
from actions.metrics.question import Question
from actions.metrics.singly import left_of, of_no_incident, values_of
from auth.visibility import visible_to
from console.board import words
from console.board.asked import Asked, read_asked, read_choices
from console.board.board import PATH, Board
from console.board.charts.heat import DAYS, HOURS
from console.desk import Desk
from console.fields import Fields, asked
from core.errors import invalid, not_found
from core.ids import decode_as
from models.incident import Incident
from models.metrics.definition import Definition
from models.metrics.definitions import definition
from models.person import User
from models.severity import SeverityVersion
from models.words import MetricUnit
from resolvers.measures import incidents
from resolvers.page import Cursor
from resolvers.rows import by_key

SHOWN, LEFT = 50, 100
"""Incidents on a page; those left out that are named."""
OUTCOMES = {
    "promises_kept": ("kept", "missed"),
    "action_items_in_time": ("in time", "late"),
    "reopen_rate": ("reopened", "not reopened"),
}
"""What 1 and 0 mean in a metric that is a share."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which number is opened: of which question, in which cell, and what that is called."""

    question: Question
    cell: Cell
    of: list[str]


async def show(desk: Desk) -> Response:
    """The list. NOT_FOUND for an unknown metric; INVALID_INPUT for a bucket, hours or a person that are none."""
    fields = asked(desk.request)
    found = await read_asked(desk, fields, await read_choices(desk))
    wanted = await _wanted(desk, fields, found, definition(desk.request.path_params["metric"]))
    answer = Answer(desk.ctx.reader, wanted.question)
    placed = await _placed(answer, wanted.cell)
    page = (await incidents(desk.ctx, [placed], **_paging(fields)))[0]
    own = await values_of(desk.ctx.reader, wanted.question, wanted.cell, [each.id for each in page.nodes])
    left = await left_of(desk.ctx.reader, wanted.question, wanted.cell, LEFT)
    titles = await by_key(desk.ctx, Incident, (key for key, _ in left.found), visible_to(desk.actor))
    shown = wanted.question.definition
    return await desk.page(
        "board/behind.html",
        definition=shown,
        of=wanted.of,
        said=words.headline(shown, placed.figures),
        cases=words.cases(shown, placed.figures.count),
        spread=_spread(shown, placed),
        rows=[(each, spoken_values(shown, own.get(each.id, []))) for each in page.nodes],
        severities=await by_key(desk.ctx, SeverityVersion, (each.severity_version_id for each in page.nodes)),
        left=[(titles[key], words.WHY[reason]) for key, reason in left.found if key in titles],
        left_count=left.count,
        beside=await of_no_incident(desk.ctx.reader, wanted.question, wanted.cell),
        page=page,
        paging=_turning(desk, fields, page),
        back=f"{PATH}?{found.query()}",
    )


async def _wanted(desk: Desk, fields: Fields, found: Asked, shown: Definition) -> Wanted:
    """The number that an address means."""
    board = Board(desk.ctx, found)
    narrowing, of = found.question.narrowing, []
    hours, person = _hours(fields), await _person(desk, fields)
    if hours is not None:
        narrowing = replace(narrowing, hours=hours)
        of.append(f"{DAYS[hours.weekday]} {hours.first:02}:00 to {hours.first + hours.count:02}:00")
    if person is not None:
        narrowing = replace(narrowing, subject=person.id)
        of.append(person.name)
    question = replace(board.question(shown.key), narrowing=narrowing)
    cell, days = _cell(fields, question)
    return Wanted(question, cell, [days, *found.narrowed, *of])


def _cell(fields: Fields, question: Question) -> tuple[Cell, str]:
    """The cell of a bucket, of the time before, or of the whole span, and its days."""
    span, number = question.span, fields.number("bucket")
    if number is not None:
        if not 1 <= number <= len(span.buckets):
            raise invalid("bucket", f"There is no bucket {number}.", f"There are 1 to {len(span.buckets)}.")
        days = span.buckets[number - 1]
        return Cell(None, bucket=number), words.days_of(days.first_day, days.last_day)
    if fields.flag("before"):
        return Cell(None, part=0), words.days_of(span.before.first_day, span.before.last_day)
    return Cell(None, part=1), words.days_of(span.whole.first_day, span.whole.last_day)


def _hours(fields: Fields) -> Hours | None:
    """Some hours of a weekday; one if only the first is given."""
    day, first = fields.number("weekday"), fields.number("hour")
    if day is None and first is None:
        return None
    count = fields.number("hours") or 1
    if day is None or not 0 <= day < len(DAYS):
        raise invalid("weekday", "This is no weekday.", "Give 0 for Monday to 6 for Sunday.")
    if first is None or not 0 <= first < HOURS or not 1 <= count <= HOURS - first:
        raise invalid("hour", "These are no hours of a day.", "Give the first from 0 to 23, and how many.")
    return Hours(day, first, count)


async def _person(desk: Desk, fields: Fields) -> User | None:
    given = fields.optional("person")
    if given is None:
        return None
    found = await by_key(desk.ctx, User, [decode_as("User", given)])
    if not found:
        raise not_found("person", "person", given)
    return next(iter(found.values()))


async def _placed(answer: Answer, cell: Cell) -> Placed:
    if cell.bucket is not None:
        return (await answer.series())[cell.bucket - 1].placed
    return await (answer.total() if cell.part else answer.before())


def _paging(fields: Fields) -> dict[str, Any]:
    if "until" in fields:
        return {"last": SHOWN, "before": Cursor(fields["until"])}
    return {"first": SHOWN, "after": Cursor(fields["after"]) if "after" in fields else None}


def _turning(desk: Desk, fields: Fields, page: Any) -> dict[str, str]:
    """Where older and newer ones are."""
    kept = [(name, value) for name, value in fields.items() if name not in ("after", "until")]
    older = urlencode([*kept, ("after", page.end_cursor)]) if page.has_next_page and page.nodes else None
    newer = urlencode([*kept, ("until", page.start_cursor)]) if page.has_previous_page and page.nodes else None
    return {
        "older": f"{desk.path}?{older}" if older else "",
        "newer": f"{desk.path}?{newer}" if newer else "",
    }


def _spread(shown: Definition, placed: Placed) -> str:
    figures = placed.figures
    if figures.p90 is None or figures.median is None:
        return ""
    told = (words.spoken(shown.unit, each) for each in (figures.median, figures.p90))
    return "Median {}, slowest tenth {}.".format(*told)


def spoken_values(shown: Definition, values: list[float]) -> str:
    """The values that an incident has: each length, how many were kept and missed, how many pages."""
    if shown.key in OUTCOMES:
        yes, no = OUTCOMES[shown.key]
        kept = sum(value > 0 for value in values)
        if len(values) == 1:
            return yes if kept else no
        return ", ".join(f"{n} {word}" for n, word in ((kept, yes), (len(values) - kept, no)) if n)
    if shown.unit is MetricUnit.PAGES:
        return words.plain(sum(values))
    if shown.unit is MetricUnit.INCIDENTS:
        return ""
    return ", ".join(words.spoken(shown.unit, value) for value in values)
