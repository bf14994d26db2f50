"""What is done about alerts: about several that are ticked, or about one on its own page."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.noise import mark_noise, unmark_noise
from actions.alerts.questions import answer_alert
from actions.alerts.snoozes import snooze_alert, unsnooze_alert
from console.desk import Desk
from console.fields import Fields
from console.lists.addresses import address
from console.lists.alert_silences import silence_each
from console.lists.alerts import PATH, SPANS, one, page
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
    "snooze": ("snoozeAlert", snooze_alert),
    "wake": ("unsnoozeAlert", unsnooze_alert),
    "noise": ("markNoise", mark_noise),
    "unmark": ("unmarkNoise", unmark_noise),
    "incident": ("answerAlert", answer_alert),
    "no_incident": ("answerAlert", answer_alert),
}
SILENCE = "silence"
FORMS = {"snooze": "quiet", "wake": "quiet", "noise": "noise"}
"""Which form of an alert's page says what; the others are one."""

VERDICTS = {"incident": AlertVerdict.INCIDENT, "no_incident": AlertVerdict.NOISE}


async def change(desk: Desk, fields: Fields) -> Response:
    """Do something about each alert that is ticked; or silence all that is like them."""
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
        return await one(desk, reference, Refused(FORMS.get(fields.text("do"), "alert"), fields, error))
    return to(f"{PATH}/{reference}")


async def _carried_out(desk: Desk, fields: Fields) -> list[Line]:
    references = ticked(fields, "alert", "alert")
    chosen = fields["do"]
    if chosen == SILENCE:
        return await silence_each(desk, fields, references, _span(fields))
    mutation, action = fields.one_of("do", DEEDS)
    return await do_each(desk, fields, mutation, action, "alert", references, **_given(desk, fields, chosen))


def _given(desk: Desk, fields: Fields, chosen: str) -> dict[str, Any]:
    """What an action is told besides which alert."""
    match chosen:
        case "link" | "unlink":
            return {"incident": fields["incident"] if chosen == "link" else None}
        case "snooze":
            return {"until": desk.now + _span(fields), "group": fields.flag("group")}
        case "wake":
            return {"group": fields.flag("group")}
        case "incident" | "no_incident":
            return {"verdict": VERDICTS[chosen], "reason": fields.text("reason")}
        case "noise":
            return {"reason": fields["reason"]}
        case _:
            return {}


def _span(fields: Fields) -> timedelta:
    return fields.one_of("span", {key: length for key, (_, length) in SPANS.items()})
