"""What the form of a declaration does: it declares, or reports where nobody knows yet how bad it is."""

import re
from typing import Any

from starlette.responses import Response

from actions.alerts.changes import link_alert
from actions.declarations import declare_incident
from actions.reports import report_incident
from console.declare.page import FORM, SURE, UNKNOWN, find_alike, page
from console.desk import Desk
from console.fields import Fields
from console.lists.labels import read_labels
from console.posting import KEY, Refused, do, to
from core.errors import DomainError, ErrorCode, invalid, not_found
from core.ids import encode
from models.incident import REFERENCE_PREFIX
from models.words import IncidentKind, Visibility
from resolvers import people
from resolvers.mutations.perform import Outcome, done_before

SPOKEN = {"impact_started_at": "since", "kind": "drill", "visibility": "private"}
"""What fields of the action are called in the form."""


async def declare(desk: Desk, fields: Fields) -> Response:
    """Declare or report it, link the alert that it began with, and go to its page.

    Where something very much alike is open, the form comes back once with it: to declare anyway, it is sent again.
    """
    try:
        given = await _given(desk, fields)
        judged = fields["severity"] if "severity" in fields else _choose()
        doubled = await _doubled(desk, fields, "reportIncident" if judged == UNKNOWN else "declareIncident")
        if doubled:
            return await page(desk, fields, doubled=doubled)
        outcome = await _open(desk, fields, judged, given)
    except DomainError as error:
        name = (error.field or "").partition(".")[0]
        error.field = SPOKEN.get(name, name) or None
        return await page(desk, fields, refused=Refused(FORM, fields, error))
    reference = f"{REFERENCE_PREFIX}{outcome.key}"
    return await _linked(desk, fields, reference) or to(f"/console/incidents/{reference}")


def _choose() -> str:
    raise invalid("severity", "Nobody said how bad it is.", "Choose a severity, or say that you don't know.")


async def _open(desk: Desk, fields: Fields, judged: str, given: dict[str, Any]) -> Outcome:
    if judged != UNKNOWN:
        kind = IncidentKind.DRILL if fields.flag("drill") else IncidentKind.REAL
        return await do(desk, fields, "declareIncident", declare_incident, severity=judged, kind=kind, **given)
    if fields.flag("drill"):
        raise invalid("drill", "A drill needs a severity.", "Choose one: who plays along learns how to respond to it.")
    return await do(desk, fields, "reportIncident", report_incident, **given)


async def _given(desk: Desk, fields: Fields) -> dict[str, Any]:
    """What both actions take."""
    return {
        "title": fields["title"],
        "services": fields.all("services"),
        "labels": read_labels(fields.text("labels")),
        "impact_started_at": fields.moment("since", (await desk.times()).zone),
        "visibility": Visibility.PRIVATE if fields.flag("private") else Visibility.ORGANISATION,
        "members": await _members(desk, fields.text("members")),
    }


async def _doubled(desk: Desk, fields: Fields, mutation: str) -> list[Any]:
    """What is open and very much alike, unless that was shown already, or the form was sent before."""
    if fields.flag("anyway") or await done_before(desk.ctx, mutation, fields.text(KEY)[:200]):
        return []
    near = await find_alike(desk, fields["title"], fields.all("services"))
    return [each for each in near if each.score >= SURE]


async def _linked(desk: Desk, fields: Fields, reference: str) -> Response | None:
    """Link the alert; a page that says so if it can't be: the incident is there all the same."""
    alert = fields.optional("alert")
    if alert is None:
        return None
    try:
        await do(desk, fields, "linkAlert", link_alert, alert=alert, incident=reference)
    except DomainError as error:
        if error.code in (ErrorCode.TIMEOUT, ErrorCode.UNAVAILABLE):
            raise
        return await desk.page("declare/unlinked.html", reference=reference, error=error)
    return None


async def _members(desk: Desk, written: str) -> list[str]:
    """The ids of people by their addresses or names, one a line or between commas."""
    named = [part.strip() for part in re.split(r"[,;\n]", written) if part.strip()]
    if not named:
        return []
    known = [user for user in await people.users(desk.ctx) if not user.archived]
    ids = {name: user.id for user in known for name in (user.name.lower(), user.email.lower())}
    for each in named:
        if each.lower() not in ids:
            raise not_found("members", "person", each)
    return [encode("User", ids[each.lower()]) for each in named]
