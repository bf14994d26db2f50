"""`/console/alerts`: what monitoring says, in the groups in which it says it; and one alert by itself."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response
from strawberry import ID

from auth.visibility import visible_alerts
from console.desk import UNFIT, Desk
from console.fields import Fields, asked
from console.incident import told
from console.lists.addresses import Place, cut
from console.lists.alert_rows import grouped, read_rows
from console.lists.each import Line
from console.lists.incident_query import word
from console.posting import Refused
from core.errors import DomainError, not_found
from core.ids import decode_as
from models.alert import Alert
from models.words import AlertState
from resolvers import alerts as resolve
from resolvers.events import texts
from resolvers.rows import by_key
from resolvers.storms import storm_now

PATH = "/console/alerts"
SIZE = 50
STATES = {state: state.capitalize() for state in AlertState}
SPANS = {
    "30m": ("30 minutes", timedelta(minutes=30)),
    "1h": ("1 hour", timedelta(hours=1)),
    "4h": ("4 hours", timedelta(hours=4)),
    "12h": ("12 hours", timedelta(hours=12)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
}
"""For how long alerts are snoozed or silenced from here, by the key in the form."""
SPAN = "1h"


async def show(desk: Desk) -> Response:
    """The inbox: what fires, or what is in another state."""
    return await page(desk, asked(desk.request))


async def page(desk: Desk, fields: Fields, *, refused: Refused | None = None, lines: Sequence[Line] = ()) -> Response:
    """The inbox for parameters, with a form that came back, or with what became of several alerts."""
    state = word(fields.text("state", AlertState.FIRING) or AlertState.FIRING, AlertState, "state")
    found = await resolve.alerts(desk.ctx, state=state, **cut(fields, SIZE))
    rows = await read_rows(desk.ctx, found.nodes)
    place = Place(PATH, [("state", state.value)])
    wrong = refused.status if refused else UNFIT if any(line.error for line in lines) else 200
    return await desk.page(
        "lists/alerts.html",
        status=wrong,
        refused=refused,
        lines=await _called(desk, lines),
        state=state,
        states=[(each.value, words, place.href(state=each.value)) for each, words in STATES.items()],
        groups=grouped(rows),
        storm=await storm_now(desk.ctx),
        spans=[(key, words) for key, (words, _) in SPANS.items()],
        span=SPAN,
        ticking=any(row.may for row in rows),
        ways=place.ways(found),
        any_source=bool(rows) or bool(await resolve.alert_sources(desk.ctx)),
    )


async def show_one(desk: Desk) -> Response:
    """One alert."""
    return await one(desk, desk.request.path_params["id"])


async def one(desk: Desk, reference: str, refused: Refused | None = None) -> Response:
    """One alert with all that its monitor told, and what happened to it. NOT_FOUND for one of a private incident."""
    found = await resolve.alert(desk.ctx, id=ID(reference))
    if found is None:
        raise not_found("alert", "alert", reference)
    (row,) = await read_rows(desk.ctx, [found])
    (events,) = await resolve.histories(desk.ctx, [found])
    return await desk.page(
        "lists/alert.html",
        status=refused.status if refused else 200,
        refused=refused,
        row=row,
        spans=[(key, words) for key, (words, _) in SPANS.items()],
        span=SPAN,
        paged=(await told.of_runs(desk.ctx, [row.run]))[0] if row.run is not None else None,
        history=list(zip(events, await texts(desk.ctx, events), strict=True)),
    )


async def _called(desk: Desk, lines: Sequence[Line]) -> list[Line]:
    """The lines with alerts by what they say, in place of their ids."""
    keys: dict[str, int] = {}
    for line in lines:
        try:
            keys[line.reference] = decode_as("Alert", line.reference)
        except DomainError:
            continue
    known = await by_key(desk.ctx, Alert, keys.values(), visible_alerts(desk.actor))
    titles = {reference: known[key].title for reference, key in keys.items() if key in known}
    return [Line(titles.get(line.reference, line.reference[:80]), line.error) for line in lines]
