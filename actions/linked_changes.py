"""Changes to systems that an incident is seen beside: a deployment, a flag, a migration, wherever they are kept."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.journal import PendingEvent
from models.facts.response import ChangeLinked


async def link_change(
    session: AsyncSession, actor: Actor, *, incident: str, url: str, title: str, happened_at: datetime | None = None
) -> PendingEvent:
    """Put a change on an incident's timeline, where it was made; nothing is said of it being the cause.

    `url` is where it can be looked at, `title` has at most 200 characters. CONFLICT on a merged incident: its timeline
    goes on in another.
    """
    require(actor, Permission.READ)
    fact = ChangeLinked(title=check.text(title, "title", limit=check.TITLE), url=check.web_address(url, "url"))
    happened = check.past(happened_at, "happened_at", now(session)) if happened_at else None
    target = await find_allowed(session, actor, Act.LINK_CHANGE, incident)
    refuse_merged(target)
    return record(session, actor, fact, incident=target, occurred_at=happened)
