"""What is done about alerts: about several that are ticked, or about one on its own page."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.questions import answer_alert
from console.desk import Desk
from console.fields import Fields
from console.lists.addresses import address
from console.lists.alerts import PATH, one, page
from console.lists.each import Line, do_each, ticked
from console.posting import Refused, to
from core.errors import DomainError
from models.paging.words import AlertVerdict

Deed = tuple[str, Callable[..., Awaitable[Any]]]
DEEDS: dict[str, Deed] = {
    "acknowledge": ("acknowledgeAlert", acknowledge_alert),
    "resolve": ("resolveAlert", resolve_alert),
    "link": ("linkAlert", link_alert),
    "unlink": ("linkAlert", link_alert),
    "incident": ("answerAlert", answer_alert),
    "noise": ("answerAlert", answer_alert),
}

VERDICTS = {"incident": AlertVerdict.INCIDENT, "noise": AlertVerdict.NOISE}


async def change(desk: Desk, fields: Fields) -> Response:
    """Acknowledge, resolve, link or unlink each alert that is ticked."""
    try:
        lines = await _carried_out(desk, fields)
    except DomainError as error:
        return await page(desk, fields, refused=Refused("alerts", fields, error))
    if any(line.error for line in lines):
        return await page(desk, fields, lines=lines)
    return to(address(PATH, [("state", fields.text("state"))]))


async def change_one(desk: Desk, fields: Fields) -> Response:
    """The same for one alert, from its page."""
    reference = desk.request.path_params["id"]
    try:
        lines = await _carried_out(desk, Fields([*fields.items(), ("alert", reference)]))
        for line in lines:
            if line.error is not None:
                raise line.error
    except DomainError as error:
        return await one(desk, reference, Refused("alert", fields, error))
    return to(f"{PATH}/{reference}")


async def _carried_out(desk: Desk, fields: Fields) -> list[Line]:
    references = ticked(fields, "alert", "alert")
    chosen = fields["do"]
    mutation, action = fields.one_of("do", DEEDS)
    given: dict[str, Any] = {}
    if chosen in ("link", "unlink"):
        given["incident"] = fields["incident"] if chosen == "link" else None
    if chosen in VERDICTS:
        given = {"verdict": VERDICTS[chosen], "reason": fields.text("reason")}
    return await do_each(desk, fields, mutation, action, "alert", references, **given)
