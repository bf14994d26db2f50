"""`/console/dashboard`: how we respond, in figures; the same as PDF, and the table of each figure as CSV."""

from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from console.board import words
from console.board.asked import NOTHING, Asked, Choices, read_asked, read_choices
from console.board.board import PATH, Board
from console.board.contents import FIGURES, WHOLE, anything, gaps_at_once, read_all
from console.board.figure import Table
from console.board.gaps import audit_of, read_gaps
from console.board.period import BY, OTHER, PERIODS, period_asked
from console.desk import UNFIT, Desk
from console.download import CSV_TYPE, as_csv, headers_for
from console.fields import Fields, asked
from console.pages import HERE
from console.pdf import pdf_of
from core.errors import DomainError, not_found
from models.words import MetricDimension

PRINT = Markup((HERE / "static" / "board.css").read_text(encoding="utf-8"))  # noqa: S704 (our own file)
DIMENSIONS = (MetricDimension.TEAM, MetricDimension.SERVICE, MetricDimension.SEVERITY)


async def show(desk: Desk) -> Response:
    """The dashboard; with its form again, and the reason at the field, for what can't be asked."""
    fields, choices = asked(desk.request), await read_choices(desk)
    try:
        found = await read_asked(desk, fields, choices)
    except DomainError as error:
        form = form_of(fields, choices, error=error)
        return await desk.page("board/refused.html", status=UNFIT, form_=form, error=error)
    board, form = Board(desk.ctx, found), form_of(fields, choices, found)
    if not await anything(board):
        return await desk.page("board/empty.html", form_=form)
    figures, gaps = await read_all(board), await gaps_at_once(board)
    return await desk.page("board/page.html", form_=form, **told(board), figures=figures, gaps=gaps)


def told(board: Board) -> dict[str, Any]:
    """What stands around the figures."""
    whole, query = board.asked.question.span.whole, board.asked.query()
    return {
        "days": words.days_of(whole.first_day, whole.last_day),
        "zone": board.asked.question.span.zone.key,
        "earlier": board.earlier,
        "narrowed": board.asked.narrowed,
        "path": PATH,
        "query": query,
        "audit": audit_of(board.asked),
    }


def form_of(
    fields: Fields, choices: Choices, found: Asked | None = None, error: DomainError | None = None
) -> dict[str, Any]:
    """What the form of the dashboard holds: what was written, its choices, and what is wrong with it."""
    span = found.question.span if found else None
    chosen = {each: (fields.optional(each.lower()) or "") for each in DIMENSIONS}
    return {
        "path": PATH,
        "period": period_asked(fields),
        "periods": PERIODS,
        "by": fields.optional("by") or "",
        "lengths": list(BY),
        "from": fields.text("from") or (span.whole.first_day.isoformat() if span else ""),
        "to": fields.text("to") or (span.whole.last_day.isoformat() if span else ""),
        "zone": fields.text("zone") or (span.zone.key if span else ""),
        "open": period_asked(fields) == OTHER or "zone" in fields or "by" in fields,
        "groups": [_group(each, choices, chosen[each]) for each in DIMENSIONS],
        "error": error,
    }


def _group(dimension: MetricDimension, choices: Choices, chosen: str) -> dict[str, Any]:
    wanted = chosen.casefold()
    listed = [
        (each.value, each.name, each.value.casefold() == wanted)
        for each in choices[dimension]
        if not each.archived or each.value.casefold() == wanted
    ]
    return {"name": dimension.lower(), "choices": [*listed, (NOTHING, f"No {dimension.lower()}", wanted == NOTHING)]}


async def gaps(desk: Desk) -> Response:
    """The gaps in practice alone: the part of the page that takes long where there is much to look at."""
    found = await read_asked(desk, asked(desk.request), await read_choices(desk))
    return await desk.page("board/gaps.html", gaps=await read_gaps(desk.ctx, found))


async def table(desk: Desk) -> Response:
    """The table of a figure as CSV. NOT_FOUND for a figure that there is none of."""
    key = desk.request.path_params["figure"]
    if key not in FIGURES:
        raise not_found("figure", "figure", key)
    board = Board(desk.ctx, await read_asked(desk, asked(desk.request), await read_choices(desk)))
    figure = await WHOLE[key](board)
    return Response(as_csv(_lines(figure.table)), headers=headers_for(f"muster-{key}.csv", CSV_TYPE))


def _lines(found: Table | None) -> list[list[object]]:
    if found is None:
        return []
    return [list(found.head), *([row.name.value, *(cell.value for cell in row.cells)] for row in found.rows)]


async def pdf(desk: Desk) -> Response:
    """The dashboard as PDF. UNAVAILABLE and RATE_LIMITED as `pdf_of`."""
    board = Board(desk.ctx, await read_asked(desk, asked(desk.request), await read_choices(desk)))
    figures, found = await read_all(board), await read_gaps(desk.ctx, board.asked)
    page = await desk.render("board/print.html", **told(board), figures=figures, gaps=found, style=PRINT)
    first = board.asked.question.span.whole.first_day
    name = f"dashboard-{first}.pdf"
    await desk.ctx.close()  # setting it takes seconds, and no transaction is left open for so long
    headers = {**headers_for(name, "application/pdf"), "Content-Disposition": f'inline; filename="{name}"'}
    return Response(await pdf_of(page), headers=headers)
