"""`/console/incidents`: what is open, and what is over. Filters stand in the address."""

from typing import Any, NamedTuple

import strawberry
from starlette.responses import Response

from console.desk import UNFIT, Desk
from console.fields import Fields, asked
from console.lists.addresses import Place, Ways, address, cut
from console.lists.each import Line
from console.lists.incident_query import NAMES, addresses, at_field, pairs, read_order, read_query
from console.lists.incident_rows import Row, read_rows
from console.posting import Refused
from console.setting_up.notice import read_notice
from core.errors import DomainError
from models.lifecycle import OPEN_STAGES
from models.words import IncidentKind, Stage, Visibility
from resolvers import catalogue
from resolvers.incident_filter import IncidentFilter, IncidentOrder
from resolvers.incidents import incidents
from resolvers.saved_filters import saved_filters

PATH = "/console/incidents"
FORM = "filter"
SIZES = {True: 50, False: 25}
"""Incidents on a page, open ones and those that are over."""
ORDERS = {
    IncidentOrder.SEVERITY: "Worst first",
    IncidentOrder.NEWEST: "Newest first",
    IncidentOrder.OLDEST: "Oldest first",
}
PREFIXES = {True: "open_", False: ""}
CURSORS = ("open_after", "open_before", "after", "before")


class Part(NamedTuple):
    """One list of the page."""

    open: bool
    rows: list[Row]
    ways: Ways


class Chip(NamedTuple):
    """A filter that the viewer keeps, as a link."""

    id: int
    name: str
    href: str
    current: bool


async def show(desk: Desk) -> Response:
    """The lists, as far as the address asks for them; a filter that can't be used stands there with the reason."""
    return await page(desk, asked(desk.request))


async def page(
    desk: Desk,
    fields: Fields,
    *,
    refused: Refused | None = None,
    lines: list[Line] | None = None,
) -> Response:
    """The page for parameters, with a form of it that came back, or with what became of several incidents."""
    wanted, order = IncidentFilter(), None
    wrong = False
    try:
        order, wanted = read_order(fields), await read_query(desk, fields)
        parts = await _parts(desk, fields, wanted, order)
    except DomainError as error:
        name = at_field(error)
        if name is None:
            raise
        error.field, wrong = name, True
        refused = refused or Refused(FORM, fields, error)
        wanted, order = IncidentFilter(), None
        parts = await _parts(desk, fields, wanted, order)
    failed = wrong or any(line.error for line in lines or ())
    status = UNFIT if failed else refused.status if refused else 200
    return await desk.page(
        "lists/incidents.html",
        status=status,
        setup=await read_notice(desk),
        refused=refused,
        fields=fields,
        wrong=wrong,
        parts=parts,
        lines=lines or [],
        given=pairs(fields),
        chips=await _chips(desk, fields),
        **await _choices(desk),
    )


async def _parts(desk: Desk, fields: Fields, wanted: IncidentFilter, order: IncidentOrder | None) -> list[Part]:
    """The lists that can hold anything: what is open, the worst first, and what is over, the newest first."""
    found = []
    for is_open in (True, False):
        if not _possible(wanted, is_open=is_open):
            continue
        lines = {**vars(wanted), "open": is_open}
        best = IncidentOrder.SEVERITY if is_open else IncidentOrder.NEWEST
        arguments = cut(fields, SIZES[is_open], PREFIXES[is_open])
        listed = await incidents(desk.ctx, filter=IncidentFilter(**lines), order_by=order or best, **arguments)
        found.append((is_open, listed))
    rows = await read_rows(desk.ctx, [each for _, listed in found for each in listed.nodes], desk.now)
    place = Place(PATH, [pair for pair in fields.items() if pair[0] in (*NAMES, *CURSORS)])
    by_key = {row.incident.id: row for row in rows}
    return [
        Part(is_open, [by_key[each.id] for each in listed.nodes], place.ways(listed, PREFIXES[is_open]))
        for is_open, listed in found
    ]


def _possible(wanted: IncidentFilter, *, is_open: bool) -> bool:
    """Whether a filter leaves anything that is open, or over."""
    if wanted.open in (True, False):
        return wanted.open is is_open
    stages = wanted.stages
    return stages in (None, strawberry.UNSET) or any((stage in OPEN_STAGES) is is_open for stage in stages or ())


async def _chips(desk: Desk, fields: Fields) -> list[Chip]:
    rows = await saved_filters(desk.ctx)
    now = sorted(pairs(fields))
    found = zip(rows, await addresses(desk, rows), strict=True)
    return [Chip(row.id, row.name, address(PATH, given), sorted(given) == now) for row, given in found]


async def _choices(desk: Desk) -> dict[str, Any]:
    """What the form offers."""
    return {
        "severities": [row for row in await catalogue.severities(desk.ctx) if not row.archived],
        "services": [row for row in await catalogue.services(desk.ctx) if not row.archived],
        "stages": [(stage.value, stage.capitalize()) for stage in Stage],
        "kinds": [(kind.value, kind.capitalize()) for kind in IncidentKind],
        "visibilities": [(each.value, each.capitalize()) for each in Visibility],
        "orders": [(order.value, words) for order, words in ORDERS.items()],
    }
