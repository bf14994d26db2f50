"""`/console/settings/webhooks`: addresses that are told of events, what each answered, and sending it once more."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.redelivery import enable_webhook, redeliver
from actions.webhooks import create_webhook, delete_webhook
from auth.permission import Permission, require
from console.desk import Desk, view
from console.fields import Fields, asked
from console.machinery.frame import back, confirmed, machine_page, row_of
from console.machinery.tokens import shown_once
from console.posting import Refused, do, posted, to
from console.settings.areas import area_of
from core.errors import DomainError
from core.ids import decode_as, encode
from models.facts.every import KINDS
from models.words import DeliveryState
from resolvers import webhooks, work
from resolvers.mutations.perform import Given, of_input
from resolvers.page import Cursor

AREA = "webhooks"
PATH = area_of(AREA).path
NEW, PARTING, AGAIN = "new", "parting", "again"
USE = "Verify each message with it, as Standard Webhooks say: docs/guides/webhooks.md has the lines."

SAID: dict[DeliveryState, tuple[str, str]] = {
    DeliveryState.PENDING: ("unknown", "waits for its next attempt"),
    DeliveryState.UNKNOWN: ("unknown", "is on its way"),
    DeliveryState.SENT: ("operational", "was taken"),
    DeliveryState.DELIVERED: ("operational", "was taken"),
    DeliveryState.ACKNOWLEDGED: ("operational", "was taken"),
    DeliveryState.FAILED: ("major", "was given up"),
    DeliveryState.SUPPRESSED: ("degraded", "was held back"),
}
"""How a message stands: its mark, and in words."""


async def index(desk: Desk) -> Response:
    """The webhooks in use, and the form of another."""
    return await _index(desk)


async def _index(desk: Desk, refused: Refused | None = None) -> Response:
    require(desk.actor, Permission.ADMINISTER)
    rows = [(row, encode("Webhook", row.id), *_state(row)) for row in await work.webhooks(desk.ctx)]
    return await machine_page(desk, AREA, "machinery/webhooks.html", refused=refused, rows=rows, kinds=sorted(KINDS))


def _state(row: Any) -> tuple[str, str]:
    if row.disabled_because is not None:
        return "major", "It was switched off"
    return ("degraded", "It fails") if row.failing_since is not None else ("operational", "It works")


async def create(desk: Desk, fields: Fields) -> Response:
    """Tell an address of events; the secret to verify them with is shown once."""
    try:
        kinds = fields.text("kinds").replace(",", " ").split()
        made = await do(desk, fields, "createWebhook", create_webhook, url=fields["url"], kinds=kinds)
    except DomainError as error:
        if error.field is not None and error.field.startswith("kinds."):
            error.field = "kinds"
        return await _index(desk, back(NEW, fields, error))
    return await shown_once(desk, "Webhook secret", made, USE, key=AREA)


async def show(desk: Desk) -> Response:
    """One of them with what was sent to it."""
    return await _show(desk)


async def _show(desk: Desk, refused: Refused | None = None) -> Response:
    require(desk.actor, Permission.ADMINISTER)
    row = await row_of(desk, "Webhook", "webhook")
    given = asked(desk.request)
    before, after = given.optional("before"), given.optional("after")
    window: dict[str, Any] = {"last": 25, "before": Cursor(before)} if before else {"first": 25}
    if after and not before:
        window["after"] = Cursor(after)
    (page,) = await webhooks.deliveries(desk.ctx, [row], **window)
    state, words = ("unknown", "It was deleted") if row.archived else _state(row)
    return await machine_page(
        desk,
        AREA,
        "machinery/webhook.html",
        refused=refused,
        row=row,
        address=f"{PATH}/{encode('Webhook', row.id)}",
        state=state,
        words=words,
        page=page,
        lines=[(each, encode("Delivery", each.id), *SAID[each.state]) for each in page.nodes],
    )


async def repeat(desk: Desk, fields: Fields) -> Response:
    """Send a message once more."""
    try:
        await do(desk, fields, "redeliver", redeliver, delivery=fields.text("delivery"))
    except DomainError as error:
        return await _show(desk, back(AGAIN, fields, error))
    key = decode_as("Delivery", fields.text("delivery"), "delivery")
    return to(f"{desk.path.removesuffix('/redeliver')}?done=again#message-{key}")


async def enable(desk: Desk, fields: Fields) -> Response:
    """Tell it of events again."""
    await do(desk, fields, "enableWebhook", enable_webhook, id=desk.request.path_params["id"])
    return to(f"{desk.path.removesuffix('/enable')}?done=enabled")


async def delete(desk: Desk, fields: Fields) -> Response:
    """Tell it nothing more, with its address typed."""
    require(desk.actor, Permission.ADMINISTER)
    row = await row_of(desk, "Webhook", "webhook")
    try:
        confirmed(fields, row.url)
        given: Given = {"id": encode("Webhook", row.id)}
        await do(desk, fields, "deleteWebhook", delete_webhook, key=of_input("id"), **given)
    except DomainError as error:
        return await _show(desk, back(PARTING, fields, error))
    return to(f"{PATH}?done=deleted")


async def upwards(desk: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(desk.path.rpartition("/")[0])


def routes() -> list[BaseRoute]:
    """Its routes."""
    one = f"{PATH}/{{id}}"
    steps = {"redeliver": repeat, "enable": enable, "delete": delete}
    return [
        Route(PATH, view(index)),
        Route(f"{PATH}/new", posted(create), methods=["POST"]),
        Route(f"{PATH}/new", view(upwards)),
        Route(one, view(show)),
        *(Route(f"{one}/{step}", posted(act), methods=["POST"]) for step, act in steps.items()),
        *(Route(f"{one}/{step}", view(upwards)) for step in steps),
    ]
