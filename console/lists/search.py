"""`/console/search`: go to something by its reference, or by words."""

import re
from typing import Any

from starlette.responses import Response

from auth.permission import may
from console.desk import UNFIT, Desk
from console.fields import asked
from console.lists.incident_rows import read_rows
from console.lists.places import PLACES, fitting
from console.posting import Refused, to
from core.errors import DomainError
from models.incident import REFERENCE_PREFIX
from models.runbook import Runbook
from models.service import Service
from resolvers import catalogue, people, runbooks
from resolvers.incident_filter import IncidentFilter
from resolvers.incidents import incident, incidents

PATH = "/console/search"
FORM = "search"
MOST = 10
"""Of each kind."""
LONGEST = 200
REFERENCE = re.compile(rf"{re.escape(REFERENCE_PREFIX)}[0-9]{{1,18}}", re.IGNORECASE)


async def show(desk: Desk) -> Response:
    """A whole reference leads to its incident; anything else to what fits it."""
    fields = asked(desk.request)
    wanted = fields.text("q").strip()
    if REFERENCE.fullmatch(wanted):
        found = await incident(desk.ctx, ref=wanted)
        if found is not None:
            return to(f"/console/incidents/{found.reference}")
    try:
        results = await _results(desk, wanted) if wanted else {}
    except DomainError as error:
        error.field = "q"
        return await _page(desk, wanted, {}, Refused(FORM, fields, error))
    return await _page(desk, wanted, results)


async def _page(desk: Desk, wanted: str, results: dict[str, Any], refused: Refused | None = None) -> Response:
    nothing: dict[str, Any] = {"incidents": [], "services": [], "people": [], "runbooks": []}
    places = fitting(wanted.lower().split()) if wanted else PLACES
    return await desk.page(
        "lists/search.html",
        status=UNFIT if refused else 200,
        refused=refused,
        wanted=wanted,
        places=[place for place in places if may(desk.actor, place.needs)],
        **(results or nothing),
    )


async def _results(desk: Desk, wanted: str) -> dict[str, Any]:
    """What has all of the words, at most ten of each kind: incidents, services, people, runbooks."""
    ctx, words = desk.ctx, wanted.lower().split()
    found = await incidents(ctx, filter=IncidentFilter(text=wanted), first=MOST)
    return {
        "incidents": await read_rows(ctx, found.nodes, desk.now),
        "services": [row for row in await catalogue.services(ctx) if _named(row, words, row.slug)][:MOST],
        "people": [user for user in await people.users(ctx, text=wanted[:LONGEST]) if not user.archived][:MOST],
        "runbooks": [row for row in await runbooks.runbooks(ctx) if _named(row, words)][:MOST],
    }


def _named(row: Service | Runbook, words: list[str], *also: str) -> bool:
    """Whether something in use is called so: each word is in its name."""
    called = " ".join((row.name, *also)).lower()
    return not row.archived and all(word in called for word in words)
