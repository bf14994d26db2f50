"""Planning work: once, or noted after it was done."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.maintenance.opening import Draft, open_maintenance
from actions.maintenance.past import note_past_work
from actions.maintenance.plan import (
    check_reminder,
    check_start,
    check_times,
    named_components,
    refuse_overlap,
    whole,
)
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from models.maintenance import Maintenance


async def schedule_maintenance(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    body: str,
    starts_at: datetime,
    ends_at: datetime,
    components: Sequence[str],
    auto_start: bool = True,
    auto_end: bool = True,
    remind_minutes: int | None = None,
    notify: bool = True,
    quiet_alerts: bool = True,
    allow_overlap: bool = False,
    already_done: bool = False,
) -> Maintenance:
    """Plan work on components. Customers see it at once: title and Markdown body are public words.

    `remind_minutes`: before the start, at most 14 days. `already_done`: it lies in the past, nobody is told, and the
    components' past says so where nothing worse was the matter. `quiet_alerts`: alerts of the services that carry these
    components are held back while it runs. INVALID_INPUT for times that can't be, and for
    components that are unknown or archived; CONFLICT, naming it, if other work takes one of them at that time.
    """
    require(actor, Permission.MAINTAIN)
    start, end = whole(starts_at), whole(ends_at)
    words = check.text(title, "title", limit=check.TITLE), check.text(body, "body", limit=check.BODY)
    check_times(start, end, now(session))
    if not already_done:
        start = check_start(start, now(session))
    elif end > now(session):
        raise invalid("ends_at", f"{end.isoformat()} is still to come.", "Leave alreadyDone out, or give a past end.")
    check_times(start, end, now(session))
    reminder = check_reminder(remind_minutes)
    named = await named_components(session, components)
    if not allow_overlap and not already_done:
        await refuse_overlap(session, named, [(start, end)])
    draft = Draft(*words, sorted(named), auto_start, auto_end, reminder, notify, quiet_alerts)
    made = await open_maintenance(session, actor, draft, starts_at=start, ends_at=end, already_done=already_done)
    if already_done:
        await note_past_work(session, named, start, end)
    return made
