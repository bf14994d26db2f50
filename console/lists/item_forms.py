"""Changing several action items at once: all that are ticked, or none."""

from datetime import date
from typing import Any

from starlette.responses import Response

from actions.items.bulk import change_action_items
from auth.visibility import visible_action_items
from console.desk import Desk
from console.fields import Fields
from console.lists.addresses import address
from console.lists.each import ticked
from console.lists.incident_query import word
from console.lists.learning import NOBODY, PATH, page, pairs
from console.lists.persons import person_of
from console.posting import Refused, do, to
from core.errors import DomainError, invalid
from core.ids import decode_as
from models.postmortem import ActionItem
from models.words import ActionItemState
from resolvers.mutations.perform import of_first
from resolvers.rows import by_key

FORM = "items"
SPOKEN = {"due_on": "new_due", "state": "new_state", "assignee": "new_assignee"}
"""What fields of the action are called in the form: `state` and `assignee` are those of the filter."""


async def change(desk: Desk, fields: Fields) -> Response:
    """Change what is ticked; a refusal names the item that it is about."""
    items: list[str] = []
    try:
        items = ticked(fields, "item", "action item")
        await do(
            desk, fields, "changeActionItems", change_action_items, key=of_first, **await _given(desk, fields, items)
        )
    except DomainError as error:
        await _name(desk, error, items)
        return await page(desk, fields, refused=Refused(FORM, fields, error))
    return to(address(PATH, pairs(fields)))


async def _given(desk: Desk, fields: Fields, items: list[str]) -> dict[str, Any]:
    """What is wanted of all of them; a field that is empty changes nothing."""
    given: dict[str, Any] = {"items": items}
    if "new_state" in fields:
        given["state"] = word(fields["new_state"], ActionItemState, "state")
    if "new_assignee" in fields:
        written = fields["new_assignee"]
        nobody = written.lower() == NOBODY
        given["assignee"] = None if nobody else await person_of(desk, written, "assignee")
    if "new_due" in fields:
        try:
            given["due_on"] = date.fromisoformat(fields["new_due"])
        except ValueError:
            raise invalid("due_on", "That is no day.", "Write it as 2026-11-24.") from None
    if len(given) == 1:
        raise invalid("new_state", "Nothing is to be changed.", "Choose a state, somebody who does it, or a day.")
    if "reason" in fields:
        given["reason"] = fields["reason"]
    return given


async def _name(desk: Desk, error: DomainError, items: list[str]) -> None:
    """Have a refusal speak of the item by its title, and of the field by its name in the form."""
    head, _, rest = (error.field or "").partition(".")
    if head == "items" and rest:
        place, _, name = rest.partition(".")
        error.field = name or None
        try:
            key = decode_as("ActionItem", items[int(place)])
        except (DomainError, ValueError, IndexError):
            return
        known = await by_key(desk.ctx, ActionItem, [key], visible_action_items(desk.actor))
        if key in known:
            error.message = f"“{known[key].title}”: {error.message} Nothing was changed."
    error.field = SPOKEN.get(error.field or "", error.field)
