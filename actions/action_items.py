"""Action items: what a team does afterwards so that it does not come back."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed, require_on
from actions.bound import find_bound
from actions.find import find_team, find_user
from actions.items.changing import change
from actions.items.fields import columns_of, due_of, priority_of
from actions.items.policy import terms_of
from actions.items.reminding import plan
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_action_items
from core.unset import UNSET, Unset
from models.facts.learning import ActionItemAdded
from models.postmortem import ActionItem
from models.words import ActionItemKind, ActionItemState


async def add_action_item(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    owner: str,
    incident: str | None = None,
    assignee: str | None = None,
    priority: int = 3,
    kind: ActionItemKind | None = None,
    due_on: date | Unset | None = UNSET,
) -> ActionItem:
    """Note what a team owes, of an incident (its timeline says so, and its visibility holds) or of none.

    `owner` is a team by slug or id, `assignee` a person's id, `priority` 1 (most urgent) to 5, `due_on` a day from
    today to ten years ahead; when it is absent, the severity of the incident says when it is due, and null is never.
    CONFLICT for a merged incident, whose action items are those of its target.
    """
    require(actor, Permission.READ)
    moment = now(session)
    row = ActionItem(
        title=check.text(title, "title", limit=check.TITLE),
        state=ActionItemState.OPEN,
        priority=priority_of(priority),
        kind=kind,
        version=1,
        created_at=moment,
    )
    given = due_on if isinstance(due_on, Unset) else due_of(due_on, moment)
    if incident is None:
        require(actor, NEEDS[Act.ADD_ACTION_ITEM].permission)
    target = await find_allowed(session, actor, Act.ADD_ACTION_ITEM, incident) if incident is not None else None
    if target is not None:
        refuse_merged(target)
        row.incident_id = target.id
    row.owner_id = (await find_team(session, owner, "owner")).id
    row.assignee_id = (await find_user(session, assignee, "assignee")).id if assignee is not None else None
    terms = await terms_of(session, target, moment)
    row.assign_by, row.escalate_days = terms.assign_by, terms.escalate_days
    row.due_on = terms.due_on if isinstance(given, Unset) else given
    plan(row, moment)
    session.add(row)
    await session.flush()
    added = ActionItemAdded(
        action_item_id=row.id,
        title=row.title,
        owner_team_id=row.owner_id,
        item_kind=kind,
        due_on=row.due_on.isoformat() if row.due_on else None,
        assign_by=row.assign_by.isoformat() if row.assign_by else None,
        escalate_days=row.escalate_days,
    )
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
    kind: ActionItemKind | Unset | None = UNSET,
    due_on: date | Unset | None = UNSET,
    reason: str | Unset | None = UNSET,
    expected_version: int | None = None,
) -> ActionItem:
    """Change an action item; absent fields stay, null clears the assignee, the kind or the due date.

    Any state may follow any other. WONT_DO needs a reason, at most 500 characters. `done_at` is set by DONE and cleared
    by every other state; its ticket is closed and reopened with it. A change counts the version up; one that changes
    nothing does not, and makes no event.
    """
    require(actor, Permission.READ)
    found = await find_bound(session, actor, ActionItem, action_item, visible_action_items(actor), noun="action item")
    await require_on(session, actor, NEEDS[Act.CHANGE_ACTION_ITEM].permission, found.incident)
    check.expected_version(expected_version, found.row.version, "action item")
    why = None if isinstance(reason, Unset) else check.optional_text(reason, "reason", limit=check.LINE)
    wanted = await columns_of(
        session, title=title, owner=owner, state=state, assignee=assignee, priority=priority, kind=kind
    )
    await change(session, actor, found.row, found.incident, wanted, due_on, why)
    return found.row
