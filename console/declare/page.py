"""`/console/declare`: one form, in under ten seconds. What follows from each severity stands beside it."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from strawberry import ID

from auth.permission import Permission, require
from console.declare.consequence import read_choices
from console.desk import Desk
from console.fields import Fields, asked
from console.posting import Refused
from core.ids import encode
from models.alert import Alert
from models.incident import Incident
from models.service import Service
from resolvers import catalogue
from resolvers.alerts import alert
from resolvers.alike import Similar, open_like
from resolvers.incidents import severities
from resolvers.roles import commanders
from resolvers.rows import by_key

PATH = "/console/declare"
FORM = "declare"
UNKNOWN = "UNKNOWN"
"""Chosen instead of a severity: it is reported, and somebody judges it."""
FEW = 12
"""Services that are ticked one by one; more are chosen from a list."""
SURE = 0.5
"""How alike an open incident is that makes a form come back once: most of the telling words are the same."""
LEAST_LETTERS = 4
"""Shorter titles are like everything."""


async def show(desk: Desk) -> Response:
    """The form, empty, or with what an alert tells."""
    require(desk.actor, Permission.REPORT)
    given = asked(desk.request).optional("alert")
    return await page(desk, asked(desk.request), from_alert=await alert(desk.ctx, id=ID(given)) if given else None)


async def page(
    desk: Desk,
    fields: Fields,
    *,
    refused: Refused | None = None,
    from_alert: Alert | None = None,
    doubled: Sequence[Similar] = (),
) -> Response:
    """The form. With `doubled`, it came back because of incidents that are open and very much alike."""
    t = await desk.times()
    told = await _told(desk, from_alert) if from_alert is not None and refused is None and not doubled else {}
    values = {name: fields.text(name) or told.get(name, "") for name in ("title", "labels", "members", "alert")}
    chosen = fields.all("services") or told.get("services", [])
    return await desk.page(
        "declare/page.html",
        status=409 if doubled else refused.status if refused else 200,
        refused=refused,
        values=values,
        since=fields.text("since") or (t.field(from_alert.starts_at) if from_alert else ""),
        chosen=chosen,
        severity=fields.text("severity"),
        choices=await read_choices(desk.ctx),
        services=[row for row in await catalogue.services(desk.ctx) if not row.archived],
        few=FEW,
        doubled=bool(doubled),
        near=await tell(desk, doubled or await find_alike(desk, values["title"], chosen)),
        fields=fields,
    )


async def alike(desk: Desk) -> Response:
    """What is open and like the title that is being typed: a part of the page."""
    fields = asked(desk.request)
    near = await find_alike(desk, fields.text("title"), fields.all("services"))
    return await desk.page("declare/alike.html", near=await tell(desk, near))


async def find_alike(desk: Desk, title: str, services: Sequence[str]) -> list[Similar]:
    """The open incidents that are like a title."""
    if len(title.strip()) < LEAST_LETTERS:
        return []
    return await open_like(desk.ctx, title.strip()[:200], services=services[:100])


async def tell(desk: Desk, near: Sequence[Similar]) -> list[dict[str, Any]]:
    """What is shown of each: its severity, who leads it, and what it has in common."""
    found: list[Incident] = [each.incident for each in near]
    told = zip(near, await severities(desk.ctx, found), await commanders(desk.ctx, found), strict=True)
    return [{"similar": each, "severity": severity, "commander": commander} for each, severity, commander in told]


async def _told(desk: Desk, source: Alert) -> dict[str, Any]:
    """What an alert says of the incident that is declared because of it."""
    services = await by_key(desk.ctx, Service, [source.service_id])
    return {
        "title": source.title,
        "services": [row.slug for row in services.values() if not row.archived],
        "alert": encode("Alert", source.id),
    }
