"""When to remind of a postmortem that is due."""

from datetime import datetime, timedelta

BEFORE = timedelta(days=1)


def remind_at(due_at: datetime | None, moment: datetime) -> datetime | None:
    """When to remind next of what is due, seen from a moment; None if that has passed."""
    if due_at is None:
        return None
    return next((at for at in (due_at - BEFORE, due_at) if at > moment), None)
