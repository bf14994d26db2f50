"""Erasing a person: what would go, what would stay and who names them, then the form that does it for good."""

from typing import Any

from starlette.responses import Response

from actions.erasing.person import erase_person
from actions.erasing.person_search import Mention
from auth.permission import Permission, require
from console.desk import Desk
from console.fields import Fields
from console.posting import Refused, do, to
from console.settings.areas import area_of
from console.settings.form import CLOSED, confirmed
from console.settings.frame import area_page
from core.errors import DomainError
from core.ids import encode
from models.person import User
from resolvers.erasure import erasure_preview

FORM = "erase"
AREA = "people"
BESIDE = {
    "event": "stays: the log never changes",
    "event_change": "goes with an update that is erased; former titles stay",
}
"""What becomes of what can't be erased where it stands."""


async def show(desk: Desk, row: User, refused: Refused | None = None) -> Response:
    """What erasing a person would do, and the form; without it while something stands against it."""
    require(desk.actor, Permission.ADMINISTER_PEOPLE)
    user = encode("User", row.id)
    preview = await erasure_preview(desk.ctx, user=user)  # type: ignore[arg-type]
    path = area_of(AREA).path
    return await area_page(
        desk,
        AREA,
        "settings/person_erase.html",
        status=refused.status if refused is not None else 200,
        refused=refused,
        title=row.name,
        address=f"{path}/{user}",
        preview=preview,
        mentions=[_line(each) for each in preview.mentions],
    )


async def erase(desk: Desk, fields: Fields, row: User) -> Response:
    """Erase them, if the name was typed."""
    require(desk.actor, Permission.ADMINISTER_PEOPLE)
    user = encode("User", row.id)
    try:
        confirmed(fields, row.name)
        await do(desk, fields, "erasePerson", erase_person, user=user, reason=fields.text("reason"))
    except DomainError as error:
        if error.code in CLOSED:
            raise
        return await show(desk, row, Refused(FORM, fields, error))
    return to(f"{area_of(AREA).path}/{user}?done=erased")


def _line(mention: Mention) -> dict[str, Any]:
    """Where a text stands, in words, and where it is erased or changed."""
    table, _, columns = mention.place.partition(".")
    incident = f"/console/incidents/{mention.incident}" if mention.incident else None
    link = incident
    if incident and mention.event:
        link = f"{incident}/erase/{mention.event}"
    elif incident and mention.update:
        link = f"{incident}/erase"
    return {
        "what": f"{table.replace('_', ' ')} {mention.key}".capitalize(),
        "columns": columns.replace("_", " "),
        "incident": mention.incident,
        "link": link,
        "erasable": link != incident,
        "beside": BESIDE.get(table),
    }
