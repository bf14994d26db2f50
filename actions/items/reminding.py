"""When somebody is reminded of an action item, and of what. Decided from its row alone.

The column `remind_at` says when it is looked at next. Whoever changes what it follows from sets it anew (`plan`); the
timers take what is due and set it on in the same transaction (actions.items.sweep), so that each reminder comes once.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from models.postmortem import FINISHED, ActionItem
from models.words import ItemReminder

BEFORE = timedelta(days=1)
"""How long before the day on which it is due somebody is reminded."""
MOMENT = timedelta(microseconds=1)

Step = ItemReminder | Literal["ESCALATE"]


def plan(row: ActionItem, moment: datetime) -> None:
    """Set when an action item is looked at next, after it was changed. What is due by now is not passed over."""
    overlooked = row.remind_at is not None and row.remind_at <= moment
    row.remind_at = _next(row, row.remind_at - MOMENT if overlooked and row.remind_at is not None else moment)


def take(row: ActionItem, moment: datetime) -> list[Step]:
    """What is due of an action item, which is taken off the clock.

    When timers stood still for long, several are: then only the latest reminder is given, and the escalation.
    """
    if row.remind_at is None or row.remind_at > moment:
        return []
    begin = row.remind_at
    due = [step for at, step in _steps(row) if begin <= at <= moment]
    row.remind_at = _next(row, moment)
    reminders = [step for step in due if step != "ESCALATE"]
    return [*reminders[-1:], *(step for step in due if step == "ESCALATE")]


def end_of(day: date) -> datetime:
    """When a day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _next(row: ActionItem, after: datetime) -> datetime | None:
    return next((at for at, _ in _steps(row) if at > after), None)


def _steps(row: ActionItem) -> list[tuple[datetime, Step]]:
    """All that would be due of an action item as it is, in order."""
    if row.state in FINISHED:
        return []
    steps: list[tuple[datetime, Step]] = []
    if row.assign_by is not None and row.assignee_id is None:
        steps.append((row.assign_by, ItemReminder.UNASSIGNED))
    if row.due_on is not None:
        over = end_of(row.due_on)
        steps += [(over - timedelta(days=1) - BEFORE, ItemReminder.SOON), (over, ItemReminder.OVERDUE)]
        if row.escalate_days is not None and row.escalated_at is None:
            steps.append((over + timedelta(days=row.escalate_days), "ESCALATE"))
    return sorted(steps)
