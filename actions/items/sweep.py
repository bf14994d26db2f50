"""Reminding of action items: that one is nobody's, is due soon, or is overdue; and telling a manager in the end."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bound import Bound, find_bound
from actions.items.reminding import Step, take
from actions.items.told import manager_of
from actions.record import enqueue, now, record
from auth.actor import SYSTEM
from auth.visibility import visible_action_items
from core import ids
from core.db import Database
from models.facts.base import Fact
from models.facts.learning import ActionItemEscalated, ActionItemReminded
from models.job import JobName
from models.postmortem import ActionItem


async def sweep_action_items(database: Database, limit: int = 100) -> int:
    """Give every reminder that is due; how many action items were looked at. One transaction for each.

    What a reminder is given for is taken off the clock in the transaction that records it: a worker that dies in
    between leaves it as it was, and the next one goes on from there.
    """
    async with database.looking() as reader:
        due = select(ActionItem.id).where(ActionItem.remind_at <= database.clock.now(), visible_action_items(SYSTEM))
        keys = [row.id for row in await reader.execute(due.order_by(ActionItem.remind_at).limit(limit))]
    for key in keys:
        async with database.unit_of_work() as session:
            await _remind(session, key)
    return len(keys)


async def _remind(session: AsyncSession, key: int) -> None:
    visible = visible_action_items(SYSTEM)
    found = await find_bound(session, SYSTEM, ActionItem, ids.encode("ActionItem", key), visible, noun="action item")
    for step in take(found.row, now(session)):
        event = record(session, SYSTEM, await _fact(session, found, step), incident=found.incident)
        enqueue(session, JobName.MAIL_NOTIFY, event=event)


async def _fact(session: AsyncSession, found: Bound[ActionItem], step: Step) -> Fact:
    row = found.row
    due_on = row.due_on.isoformat() if row.due_on is not None else None
    if step != "ESCALATE":
        return ActionItemReminded(
            action_item_id=row.id, title=row.title, reminder=step, owner_team_id=row.owner_id, due_on=due_on
        )
    row.escalated_at = now(session)
    return ActionItemEscalated(
        action_item_id=row.id,
        title=row.title,
        owner_team_id=row.owner_id,
        due_on=due_on or "",
        manager_user_id=await manager_of(session, row, found.incident),
    )
