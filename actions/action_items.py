"""Action items: what a team does afterwards so that it does not come back."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed, require_on
from actions.bound import find_bound
from actions.find import find_team, find_user
from actions.outward.item_tickets import follow_item
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_action_items
from core.errors import invalid
from core.unset import UNSET, Unset
from models.facts.learning import ActionItemAdded, ActionItemChanged
from models.postmortem import FINISHED, ActionItem
from models.words import ActionItemState

PRIORITIES = range(1, 6)
"""1 is the most urgent."""

FARTHEST = timedelta(days=3660)
WEST = timedelta(hours=12)
"""How far west of UTC a client's “today” may be."""


async def add_action_item(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    owner: str,
    incident: str | None = None,
    assignee: str | None = None,
    priority: int = 3,
    due_on: date | None = None,
) -> ActionItem:
    """Note what a team owes, of an incident (its timeline says so, and its visibility holds) or of none.

    `owner` is a team by slug or id, `assignee` a person's id, `priority` 1 (most urgent) to 5, `due_on` a day from
    today to ten years ahead. CONFLICT for a merged incident, whose action items are those of its target.
    """
    require(actor, Permission.READ)
    row = ActionItem(
        title=check.text(title, "title", limit=check.TITLE),
        state=ActionItemState.OPEN,
        priority=_priority(priority),
        due_on=_due(due_on, now(session)),
        version=1,
        created_at=now(session),
    )
    if incident is None:
        require(actor, NEEDS[Act.ADD_ACTION_ITEM].permission)
    target = await find_allowed(session, actor, Act.ADD_ACTION_ITEM, incident) if incident is not None else None
    if target is not None:
        refuse_merged(target)
        row.incident_id = target.id
    row.owner_id = (await find_team(session, owner, "owner")).id
    row.assignee_id = (await find_user(session, assignee, "assignee")).id if assignee is not None else None
    session.add(row)
    await session.flush()
    added = ActionItemAdded(action_item_id=row.id, title=row.title, owner_team_id=row.owner_id)
    record(session, actor, added, incident=target)
    return row


async def change_action_item(
    session: AsyncSession,
    actor: Actor,
    *,
    action_item: str,
    title: str | Unset | None = UNSET,
    owner: str | Unset | None = UNSET,
    state: ActionItemState | Unset | None = UNSET,
    assignee: str | Unset | None = UNSET,
    priority: int | Unset | None = UNSET,
    due_on: date | Unset | None = UNSET,
    reason: str | Unset | None = UNSET,
    expected_version: int | None = None,
) -> ActionItem:
    """Change an action item; absent fields stay, null clears the assignee or the due date.

    Any state may follow any other. WONT_DO needs a reason, at most 500 characters. `done_at` is set by DONE and cleared
    by every other state; its ticket is closed and reopened with it. A change counts the version up; one that changes
    nothing does not, and makes no event.
    """
    require(actor, Permission.READ)
    found = await find_bound(session, actor, ActionItem, action_item, visible_action_items(actor), noun="action item")
    await require_on(session, actor, NEEDS[Act.CHANGE_ACTION_ITEM].permission, found.incident)
    row = found.row
    check.expected_version(expected_version, row.version, "action item")
    why = None if isinstance(reason, Unset) else check.optional_text(reason, "reason", limit=check.LINE)
    wanted = {
        **_plain_fields(title, state, priority),
        **await _people(session, owner, assignee),
        **({} if isinstance(due_on, Unset) or due_on == row.due_on else {"due_on": _due(due_on, now(session))}),
    }
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return row
    if changed.get("state") is ActionItemState.WONT_DO and why is None:
        raise invalid("reason", "Leaving an action item undone needs a reason.", "Say why it won't be done.")
    before = {name: getattr(row, name) for name in changed}
    _apply(row, changed, now(session))
    fact = ActionItemChanged(
        action_item_id=row.id, title=row.title, before=_plain(before), after=_plain(changed), reason=why
    )
    record(session, actor, fact, incident=found.incident)
    if (before.get("state", row.state) in FINISHED) is not (row.state in FINISHED):
        await follow_item(session, row)
    return row


def _plain_fields(
    title: str | Unset | None, state: ActionItemState | Unset | None, priority: int | Unset | None
) -> dict[str, Any]:
    """Those of the columns that are given and can't be empty."""
    wanted: dict[str, Any] = {}
    if not isinstance(title := _given("title", title), Unset):
        wanted["title"] = check.text(title, "title", limit=check.TITLE)
    if not isinstance(state := _given("state", state), Unset):
        wanted["state"] = state
    if not isinstance(priority := _given("priority", priority), Unset):
        wanted["priority"] = _priority(priority)
    return wanted


async def _people(session: AsyncSession, owner: str | Unset | None, assignee: str | Unset | None) -> dict[str, Any]:
    """The team and the person that are given."""
    wanted: dict[str, Any] = {}
    if not isinstance(owner := _given("owner", owner), Unset):
        wanted["owner_id"] = (await find_team(session, owner, "owner")).id
    if not isinstance(assignee, Unset):
        wanted["assignee_id"] = (await find_user(session, assignee, "assignee")).id if assignee is not None else None
    return wanted


def _apply(row: ActionItem, changed: dict[str, Any], moment: datetime) -> None:
    for name, value in changed.items():
        setattr(row, name, value)
    if "state" in changed:
        row.done_at = moment if row.state is ActionItemState.DONE else None
    row.version += 1


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Columns as the JSON of a fact."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _given(field: str, value: Any) -> Any:
    if value is None:
        raise invalid(field, f"An action item can't be without its {field}.", "Leave it out, or send a value.")
    return value


def _priority(value: int) -> int:
    if value not in PRIORITIES:
        raise invalid("priority", f"{value} is no priority.", "Send 1 (most urgent) to 5.")
    return value


def _due(value: date | None, moment: datetime) -> date | None:
    """A day that is still to come, somewhere on earth."""
    if value is None:
        return None
    today = (moment - WEST).date()
    if not today <= value <= today + FARTHEST:
        raise invalid("due_on", f"{value.isoformat()} has passed or is too far away.", "Give a day from today on.")
    return value
