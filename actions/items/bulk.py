"""Changing many action items at once: all of them, or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import require_on
from actions.bound import find_bound_items
from actions.items.changing import change
from actions.items.fields import columns_of
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from core.errors import DomainError, invalid
from core.unset import UNSET, Unset
from models.postmortem import ActionItem
from models.words import ActionItemKind, ActionItemState


async def change_action_items(
    session: AsyncSession,
    actor: Actor,
    *,
    items: list[str],
    owner: str | Unset | None = UNSET,
    state: ActionItemState | Unset | None = UNSET,
    assignee: str | Unset | None = UNSET,
    priority: int | Unset | None = UNSET,
    kind: ActionItemKind | Unset | None = UNSET,
    due_on: date | Unset | None = UNSET,
    reason: str | Unset | None = UNSET,
) -> list[ActionItem]:
    """Change 1 to 100 action items in the same way, each as `change_action_item` would; in the order given.

    If one can't be changed, none is: the error's field is `items.7`, or `items.7.due_on` where a value is at fault for
    this one. Every item has an event of its own, on the timeline of its incident.
    """
    require(actor, Permission.READ)
    if not items:
        raise invalid("items", "The list is empty.", "Name 1 to 100 action items.")
    check.few(items, "items")
    found = await find_bound_items(session, actor, items)
    allowed: set[int | None] = set()
    for place, each in enumerate(found):
        with _naming(place):
            if each.row.incident_id not in allowed:
                await require_on(session, actor, NEEDS[Act.CHANGE_ACTION_ITEMS].permission, each.incident)
                allowed.add(each.row.incident_id)
    why = None if isinstance(reason, Unset) else check.optional_text(reason, "reason", limit=check.LINE)
    wanted = await columns_of(
        session, title=UNSET, owner=owner, state=state, assignee=assignee, priority=priority, kind=kind
    )
    for place, each in enumerate(found):
        with _naming(place):
            await change(session, actor, each.row, each.incident, wanted, due_on, why)
    return [each.row for each in found]


@contextmanager
def _naming(place: int) -> Iterator[None]:
    """Have a refusal name the item that it is about."""
    try:
        yield
    except DomainError as error:
        error.field = f"items.{place}.{error.field}" if error.field else f"items.{place}"
        raise
