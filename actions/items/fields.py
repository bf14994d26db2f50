"""What may be said of an action item: the fields of an input, checked, as columns."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.find import find_team, find_user
from core.errors import invalid
from core.unset import Unset
from models.words import ActionItemKind, ActionItemState

PRIORITIES = range(1, 6)
"""1 is the most urgent."""

FARTHEST = timedelta(days=3660)
WEST = timedelta(hours=12)
"""How far west of UTC a client's “today” may be."""


async def columns_of(
    session: AsyncSession,
    *,
    title: str | Unset | None,
    owner: str | Unset | None,
    state: ActionItemState | Unset | None,
    assignee: str | Unset | None,
    priority: int | Unset | None,
    kind: ActionItemKind | Unset | None,
) -> dict[str, Any]:
    """Those of the columns that are given. INVALID_INPUT for null where there must be something; NOT_FOUND."""
    wanted: dict[str, Any] = {}
    if not isinstance(title := _given("title", title), Unset):
        wanted["title"] = check.text(title, "title", limit=check.TITLE)
    if not isinstance(state := _given("state", state), Unset):
        wanted["state"] = state
    if not isinstance(value := _given("priority", priority), Unset):
        wanted["priority"] = priority_of(value)
    if not isinstance(kind, Unset):
        wanted["kind"] = kind
    if not isinstance(owner := _given("owner", owner), Unset):
        wanted["owner_id"] = (await find_team(session, owner, "owner")).id
    if not isinstance(assignee, Unset):
        wanted["assignee_id"] = (await find_user(session, assignee, "assignee")).id if assignee is not None else None
    return wanted


def priority_of(value: int) -> int:
    """A priority. INVALID_INPUT unless it is one."""
    if value not in PRIORITIES:
        raise invalid("priority", f"{value} is no priority.", "Send 1 (most urgent) to 5.")
    return value


def due_of(value: date | None, moment: datetime) -> date | None:
    """A day that is still to come, somewhere on earth. INVALID_INPUT for one that has passed, or in over ten years."""
    if value is None:
        return None
    today = (moment - WEST).date()
    if not today <= value <= today + FARTHEST:
        raise invalid("due_on", f"{value.isoformat()} has passed or is too far away.", "Give a day from today on.")
    return value


def _given(field: str, value: Any) -> Any:
    if value is None:
        raise invalid(field, f"An action item can't be without its {field}.", "Leave it out, or send a value.")
    return value
