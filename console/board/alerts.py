"""`/console/dashboard/noise`: the alerts behind the figure of alert noise, with what each led to."""

from starlette.responses import Response

from console.board import words
from console.board.asked import read_asked, read_choices
from console.board.board import PATH, Board
from console.board.noise import archived_words, span_of
from console.desk import Desk
from console.fields import asked
from core.ids import decode_as
from resolvers.noise import raised

SHOWN = 200


async def show(desk: Desk) -> Response:
    """The alerts of a source and a rule, or all. INVALID_INPUT for a source that is no id."""
    fields = asked(desk.request)
    found = await read_asked(desk, fields, await read_choices(desk))
    source, rule = fields.optional("source"), fields.optional("rule")
    key = None if source is None else decode_as("AlertSource", source)
    board = Board(desk.ctx, found)
    span = await span_of(board)
    alerts = await raised(desk.ctx, span, source=key, rule=rule, most=SHOWN)
    whole = found.question.span.whole
    return await desk.page(
        "board/noise.html",
        alerts=alerts,
        full=len(alerts) == SHOWN,
        archived=await archived_words(board, span.first),
        rule=rule,
        days=words.days_of(whole.first_day, whole.last_day),
        narrowed=found.narrowed,
        back=f"{PATH}?{found.query()}",
    )
