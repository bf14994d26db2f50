"""`/console/settings/integrations`: accounts at vendors, how they are, and what they must be told."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.outward.settings import check_integration, save_integration
from actions.outward.vendors import VENDORS, Vendor, ports_of
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery.asking import asked_of, told
from console.machinery.frame import back, confirmed, machine_page, row_of, since_of, waiting
from console.machinery.health_words import DOES, TRIALS, does, health_of
from console.posting import Refused, do, posted, to
from console.settings.areas import area_of
from core.errors import DomainError, not_found
from core.ids import encode
from models.integration import Integration
from resolvers import outward
from resolvers.mutations.perform import Given

AREA = "integrations"
PATH = area_of(AREA).path
NEW, ROW, PARTING = "new", "row", "parting"
HOOKED = frozenset({"webhook_secret", "webhook_token", "signing_secret"})
"""Fields of vendors that post to us."""


async def index(desk: Desk) -> Response:
    """What is connected and how it is, and what can be."""
    rows = await outward.integrations(desk.ctx)
    t, checks = await desk.times(), await outward.checks(desk.ctx, rows)
    ports = await outward.ports(desk.ctx, rows)
    lines = [
        (row, encode("Integration", row.id), does(can), health_of(row, found, t))
        for row, can, found in zip(rows, ports, checks, strict=True)
    ]
    vendors = [(vendor, _purpose(vendor)) for vendor in await outward.vendors(desk.ctx)]
    return await machine_page(desk, AREA, "machinery/integrations.html", lines=lines, vendors=vendors, known=VENDORS)


async def new(desk: Desk) -> Response:
    """The form by which an account at a vendor is connected; without a vendor, where one is chosen."""
    require(desk.actor, Permission.ADMINISTER)
    vendor = asked(desk.request).text("vendor")
    return await _new(desk, vendor) if vendor else to(PATH)


async def _new(desk: Desk, key: str, refused: Refused | None = None) -> Response:
    vendor = VENDORS.get(key)
    if vendor is None:
        raise not_found("vendor", "vendor", key)
    return await machine_page(
        desk,
        AREA,
        "machinery/integration_new.html",
        refused=refused,
        vendor=vendor,
        purpose=_purpose(vendor),
        asked=asked_of(vendor, None),
        taken={row.key for row in await outward.integrations(desk.ctx) if not row.archived},
    )


async def connect(desk: Desk, fields: Fields) -> Response:
    """Connect an account, have it examined, and show what comes of it."""
    require(desk.actor, Permission.ADMINISTER)
    vendor = VENDORS.get(fields.text("vendor"))
    if vendor is None:
        raise not_found("vendor", "vendor", fields.text("vendor"))
    try:
        given: Given = {"vendor": vendor.key, "key": fields["key"], "name": fields["name"]}
        given["configuration"] = told(vendor, fields, known=False)
        made = await do(desk, fields, "saveIntegration", save_integration, given)
    except DomainError as error:
        return await _new(desk, vendor.key, back(NEW, fields, error))
    return to(waiting(desk, f"{PATH}/{encode('Integration', made.key)}", desk.now, done="connected").url)


async def show(desk: Desk) -> Response:
    """One of them."""
    return await _show(desk, await _row(desk))


async def _row(desk: Desk) -> Integration:
    """By its id, or by the key that people and workflows call it by."""
    called = desk.request.path_params["id"]
    for row in await outward.integrations(desk.ctx):
        if row.key == called and not row.archived:
            return row
    found: Integration = await row_of(desk, "Integration", "integration")
    return found


async def _show(desk: Desk, row: Any, refused: Refused | None = None) -> Response:
    vendor, since = VENDORS.get(row.vendor), since_of(desk)
    ports = sorted(ports_of(row.vendor, row.configuration))
    (configuration,) = await outward.configurations(desk.ctx, [row])
    (checks,) = await outward.checks(desk.ctx, [row])
    address = f"{PATH}/{encode('Integration', row.id)}"
    pending = since is not None and (row.checked_at is None or row.checked_at < since) and not row.archived
    values = {
        "row": row,
        "address": address,
        "vendor": vendor,
        "does": does(ports),
        "health": health_of(row, checks, await desk.times()),
        "checks": checks,
        "asked": asked_of(vendor, configuration) if vendor is not None and configuration is not None else [],
        "trial": next((words for port, words in TRIALS.items() if port in ports), None),
        "hook": _hook(desk, row, vendor),
        "waiting": waiting(desk, f"{address}/state", since) if pending and since is not None else None,
    }
    if desk.path.endswith("/state") and "HX-Request" in desk.request.headers:
        return await desk.page("machinery/integration_state.html", refused=None, **values)
    return await machine_page(desk, AREA, "machinery/integration.html", refused=refused, **values)


def _hook(desk: Desk, row: Integration, vendor: Vendor | None) -> str | None:
    """Where its vendor posts to us, if it does."""
    if vendor is None or HOOKED.isdisjoint(vendor.configuration.model_fields):
        return None
    return f"{desk.runtime.settings.base_url}/hooks/{row.vendor}/{row.key}"


async def save(desk: Desk, fields: Fields) -> Response:
    """Change what it is told, and have it examined."""
    require(desk.actor, Permission.ADMINISTER)
    row = await _row(desk)
    vendor = VENDORS.get(row.vendor)
    if vendor is None:
        raise not_found("vendor", "vendor", row.vendor)
    try:
        given: Given = {"name": fields["name"], "expected_version": fields.number("version")}
        given["configuration"] = told(vendor, fields, known=True)
        await do(desk, fields, "saveIntegration", save_integration, id=encode("Integration", row.id), **given)
    except DomainError as error:
        return await _show(desk, await _row(desk), back(ROW, fields, error))
    return to(waiting(desk, desk.path, desk.now, done="saved").url)


async def examine(desk: Desk, fields: Fields) -> Response:
    """Have it examined; `send`: and a message posted that says it is a test."""
    row = await _row(desk)
    given: Given = {"integration": encode("Integration", row.id), "send": fields.flag("send")}
    await do(desk, fields, "checkIntegration", check_integration, **given)
    return to(waiting(desk, desk.path.removesuffix("/check"), desk.now).url)


async def archive(desk: Desk, fields: Fields) -> Response:
    """Archive it, with its name typed, or bring it back."""
    require(desk.actor, Permission.ADMINISTER)
    row = await _row(desk)
    wanted = not fields.flag("restore")
    try:
        if wanted:
            confirmed(fields, row.name)
        given: Given = {"id": encode("Integration", row.id), "archived": wanted}
        await do(desk, fields, "saveIntegration", save_integration, **given)
    except DomainError as error:
        return await _show(desk, await _row(desk), back(PARTING, fields, error))
    return to(f"{PATH}?done=archived" if wanted else f"{desk.path.removesuffix('/archive')}?done=restored")


async def upwards(desk: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(desk.path.rpartition("/")[0])


def _purpose(vendor: Vendor) -> str:
    return ", ".join(DOES[port] for port in sorted(vendor.ports))


def routes() -> list[BaseRoute]:
    """Its routes."""
    one, steps = f"{PATH}/{{id}}", {"check": examine, "archive": archive}
    return [
        Route(PATH, view(index)),
        Route(f"{PATH}/new", view(new)),
        Route(f"{PATH}/new", posted(connect), methods=["POST"]),
        Route(one, view(show)),
        Route(one, posted(save), methods=["POST"]),
        Route(f"{one}/state", view(show)),
        *(Route(f"{one}/{step}", posted(act), methods=["POST"]) for step, act in steps.items()),
        *(Route(f"{one}/{step}", view(upwards)) for step in steps),
    ]
