"""What scheduling a maintenance would do, shown before it is done: its page, the mail, the message, and who gets them.

As with an update (jobs.subscribers.preview): it is scheduled in a transaction that is rolled back, and everything is
read and rendered by the code that customers' pages and mails come from.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.maintenance.schedule import schedule_maintenance
from actions.pages.find import find_scope
from actions.pages.known import PageScope
from actions.subscribers.news import NEWS
from auth.actor import Actor
from core.client import NOBODY, Client
from core.journal import journal_of
from core.runtime import Runtime
from jobs.subscribers.preview import MailShown, mail_shown, webhook_shown
from jobs.subscribers.reach import Reach, Reached, Recipients, reach, reading
from jobs.subscribers.told import Story
from jobs.subscribers.work_story import work_story
from models.event import Event
from models.maintenance import Maintenance
from models.words import NewsKind
from statuspage import render
from statuspage.read import Site
from statuspage.views import read_maintenance


@dataclass(frozen=True, slots=True)
class MaintenancePreview:
    """What scheduling would do. Where nobody is told, there is neither mail nor message, and the counts are 0.

    `page` is empty where none shows it: its components are exclusive to a page that is archived.
    """

    path: str
    page: str
    mail: MailShown | None
    webhook: str | None
    recipients: list[Recipients]
    pages: list[Reached]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read before the transaction was rolled back."""

    path: str
    reach: Reach
    page: Site | None
    story: Story | None


async def preview_maintenance(
    runtime: Runtime, actor: Actor, *, client: Client = NOBODY, page: str | None = None, **given: Any
) -> MaintenancePreview:
    """Show what `schedule_maintenance` would do with this input, and do nothing. Refused as it would be.

    As the further status page `page` would have it; None: the organisation's own, or the first that shows it.
    NOT_FOUND; CONFLICT for a page that is archived, or would not show it.
    """
    database = runtime.database
    async with database.rehearsal(client) as session:
        made = await schedule_maintenance(session, actor, **given)
        await session.flush()
        seen = await _see(session, made, await find_scope(session, page))
    return await asyncio.to_thread(_shown, runtime, seen, database.clock.now())


async def _see(session: AsyncSession, made: Maintenance, scope: PageScope) -> _Seen:
    path = f"/maintenance/{made.reference}"
    (pending,) = (each for each in journal_of(session).events if each.kind == "maintenance.scheduled")
    told = NEWS[pending.kind].applies(pending.data)
    where = await reach(session, scope, pending.data["component_ids"], NewsKind.MAINTENANCE, told=told)
    reader = reading(session, where.scope)
    page = (await read_maintenance(reader, [made.id])).get(made.id)
    if not told or not where.mailed:
        return _Seen(path, where, page, None)
    event = Event(
        kind=pending.kind, data=pending.data, occurred_at=pending.occurred_at, recorded_at=pending.recorded_at
    )  # as it would be written; the journal alone writes events
    return _Seen(path, where, page, await work_story(reader, event))


def _shown(runtime: Runtime, seen: _Seen, moment: datetime) -> MaintenancePreview:
    """Render what was seen, as the status page and the worker do."""
    story, base_url = seen.story, seen.reach.base_url(runtime)
    return MaintenancePreview(
        path=seen.path,
        page=render.maintenance(seen.page, moment, confirmed=True).decode() if seen.page else "",
        mail=mail_shown(runtime, story, moment, base_url) if story else None,
        webhook=webhook_shown(story, base_url) if story else None,
        recipients=seen.reach.recipients(),
        pages=seen.reach.pages(runtime),
    )
