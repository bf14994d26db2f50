"""Pages of the incidents behind a figure or a verdict, the newest first, as they are today."""

from collections.abc import Sequence

from actions.metrics.behind import Piece
from auth.visibility import visible_to
from models.incident import Incident
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Slice, Window, decode_place
from resolvers.rows import by_key


def piece_of(order: Order, wanted: Slice, after: Cursor | None, before: Cursor | None) -> Piece:
    """Which piece of a list a client asks for, and one incident more, by which a further page is known."""
    below = decode_place(order, after, "after")[0] if after is not None else None
    above = decode_place(order, before, "before")[0] if before is not None else None
    return Piece(wanted.size + 1, wanted.backward, below, above)


async def pages(ctx: Context, order: Order, wanted: Slice, keys: Sequence[Sequence[int]]) -> list[Page[Incident]]:
    """A page of each list of incidents, without those that whoever asks may not see (any more)."""
    window = Window(order, wanted)
    rows = await by_key(ctx, Incident, {key for own in keys for key in own}, visible_to(ctx.actor))
    found = [[rows[key] for key in own if key in rows] for own in keys]
    return [window.page(own, [(row.id,) for row in own]) for own in found]
