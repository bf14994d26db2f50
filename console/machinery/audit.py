"""`/console/settings/audit`: who signed in, was refused, or changed what; and whether that is as it was written."""

from typing import Any
from urllib.parse import urlencode

import strawberry
from sqlalchemy import select
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.audit_verify import Verdict, verify
from actions.narrate import sentences
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery.frame import machine_page
from console.posting import Refused
from console.settings.areas import area_of
from console.settings.frame import opened
from core.errors import DomainError
from core.ids import encode
from models.event import AuditLink
from models.facts.base import Fact
from resolvers import audit, people
from resolvers.page import Cursor

AREA = "audit"
PATH = area_of(AREA).path
CHECKED = 10_000
"""Links that the page recomputes: a second's work. `muster audit verify` follows the whole chain."""
FILTER = "filter"
NAMES = ("kind", "person", "address", "since", "until")


async def index(desk: Desk) -> Response:
    """A page of the audited events, the newest first, of those that the filter leaves."""
    opened(desk, AREA)
    given = asked(desk.request)
    try:
        page = await audit.audit_events(desk.ctx, filter=await _filter(desk, given), **_window(given))
    except DomainError as error:
        error.field = (error.field or "").removeprefix("filter.").replace("kinds.0", "kind").replace("user", "person")
        return await _page(desk, given, None, Refused(FILTER, given, error))
    return await _page(desk, given, page)


async def _page(
    desk: Desk, given: Fields, page: Any, refused: Refused | None = None, verdict: Verdict | None = None
) -> Response:
    events = page.nodes if page is not None else []
    said = await sentences(desk.ctx.reader, events)
    addresses = await audit.addresses(desk.ctx, events)
    kept = urlencode({name: given.text(name) for name in NAMES if name in given})
    return await machine_page(
        desk,
        AREA,
        "machinery/audit.html",
        refused=refused,
        given=given,
        filtered=bool(kept),
        page=page,
        lines=list(zip(events, said, addresses, strict=True)),
        base=f"{PATH}?{kept}" if kept else PATH,
        kinds=sorted(kind for kind, fact in Fact.registry.items() if fact.audited),
        people=[(encode("User", user.id), user.name) for user in await people.users(desk.ctx)],
        csv=_export(desk, given, await desk.times(), refused),
        verdict=verdict,
        checked=CHECKED,
    )


def _export(desk: Desk, given: Fields, t: Any, refused: Refused | None) -> str:
    """The address of the same time as a file; it takes no other filter."""
    del desk
    if refused is not None:
        return "/audit.csv"
    moments = {name: given.moment(name, t.zone) for name in ("since", "until")}
    query = urlencode({name: moment.isoformat() for name, moment in moments.items() if moment is not None})
    return f"/audit.csv?{query}" if query else "/audit.csv"


async def _filter(desk: Desk, given: Fields) -> audit.AuditFilter:
    zone = (await desk.times()).zone
    found = audit.AuditFilter()
    if "kind" in given:
        found.kinds = [given["kind"]]
    if "person" in given:
        found.user = strawberry.ID(given["person"])
    if "address" in given:
        found.address = given["address"]
    found.since, found.until = given.moment("since", zone), given.moment("until", zone)
    return found


def _window(given: Fields) -> dict[str, Any]:
    before, after = given.optional("before"), given.optional("after")
    if before:
        return {"last": 50, "before": Cursor(before)}
    return {"first": 50, **({"after": Cursor(after)} if after else {})}


async def check(desk: Desk) -> Response:
    """Recompute the newest links of the chain, and say whether all is as it was written."""
    opened(desk, AREA)
    start = select(AuditLink.event_id).order_by(AuditLink.event_id.desc()).offset(CHECKED).limit(1)
    verdict = await verify(desk.runtime.database, after=await desk.ctx.reader.scalar(start) or 0)
    given = Fields([])
    return await _page(desk, given, await audit.audit_events(desk.ctx, first=50), verdict=verdict)


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [Route(PATH, view(index)), Route(f"{PATH}/verify", view(check))]
