"""Changing one action item that is locked, with its incident."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.items.fields import due_of
from actions.items.reminding import plan
from actions.outward.item_tickets import follow_item
from actions.record import now, record
from auth.actor import Actor
from core.errors import invalid
from core.unset import Unset
from models.facts.learning import ActionItemChanged
from models.incident import Incident
from models.postmortem import FINISHED, ActionItem
from models.words import ActionItemState


async def change(
    session: AsyncSession,
    actor: Actor,
    row: ActionItem,
    incident: Incident | None,
    wanted: dict[str, Any],
    due_on: date | Unset | None,
    why: str | None,
) -> None:
    """Make the columns what is wanted, plan its reminders anew, have its ticket follow, and say so.

    What changes nothing makes no event. INVALID_INPUT for a day that has passed, unless it is the one that it has, and
    for WONT_DO without a reason.
    """
    if not isinstance(due_on, Unset) and due_on != row.due_on:
        wanted = {**wanted, "due_on": due_of(due_on, now(session))}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    if changed.get("state") is ActionItemState.WONT_DO and why is None:
        raise invalid("reason", "Leaving an action item undone needs a reason.", "Say why it won't be done.")
    before = {name: getattr(row, name) for name in changed}
    _apply(row, changed, now(session))
    fact = ActionItemChanged(
        action_item_id=row.id, title=row.title, before=_plain(before), after=_plain(changed), reason=why
    )
    record(session, actor, fact, incident=incident)
    if (before.get("state", row.state) in FINISHED) is not (row.state in FINISHED):
        await follow_item(session, row)


def _apply(row: ActionItem, changed: dict[str, Any], moment: datetime) -> None:
    for name, value in changed.items():
        setattr(row, name, value)
    if "state" in changed:
        row.done_at = moment if row.state is ActionItemState.DONE else None
    if "due_on" in changed:
        row.escalated_at = None
    plan(row, moment)
    row.version += 1


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Columns as the JSON of a fact."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
