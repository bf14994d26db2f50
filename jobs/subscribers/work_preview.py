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
from actions.subscribers.news import NEWS
from actions.subscribers.recipients import count_recipients
from auth.actor import Actor
from core.client import NOBODY, Client
from core.db import Within
from core.journal import journal_of
from core.runtime import Runtime
from jobs.subscribers.preview import MailShown, Recipients, mail_shown, webhook_shown
from jobs.subscribers.told import Story
from jobs.subscribers.work_story import work_story
from models.event import Event
from models.maintenance import Maintenance
from models.words import Channel, NewsKind
from statuspage import render
from statuspage.read import Site
from statuspage.views import read_maintenance


@dataclass(frozen=True, slots=True)
class MaintenancePreview:
    """What scheduling would do. Where nobody is told, there is neither mail nor message, and the counts are 0."""

    path: str
    page: str
    mail: MailShown | None
    webhook: str | None
    recipients: list[Recipients]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read before the transaction was rolled back."""

    path: str
    page: Site
    story: Story | None
    counts: dict[Channel, int]


async def preview_maintenance(
    runtime: Runtime, actor: Actor, *, client: Client = NOBODY, **given: Any
) -> MaintenancePreview:
    """Show what `schedule_maintenance` would do with this input, and do nothing. Refused as it would be."""
    database = runtime.database
    async with database.rehearsal(client) as session:
        made = await schedule_maintenance(session, actor, **given)
        await session.flush()
        seen = await _see(session, made)
    return await asyncio.to_thread(_shown, runtime, seen, database.clock.now())


async def _see(session: AsyncSession, made: Maintenance) -> _Seen:
    reader, path = Within(session), f"/maintenance/{made.reference}"
    page = (await read_maintenance(reader, [made.id]))[made.id]
    (pending,) = (each for each in journal_of(session).events if each.kind == "maintenance.scheduled")
    if not NEWS[pending.kind].applies(pending.data):
        return _Seen(path, page, None, {})
    counts = await count_recipients(session, components=page.works[0].components, kind=NewsKind.MAINTENANCE)
    event = Event(
        kind=pending.kind, data=pending.data, occurred_at=pending.occurred_at, recorded_at=pending.recorded_at
    )  # as it would be written; the journal alone writes events
    return _Seen(path, page, await work_story(reader, event), counts)


def _shown(runtime: Runtime, seen: _Seen, moment: datetime) -> MaintenancePreview:
    """Render what was seen, as the status page and the worker do."""
    return MaintenancePreview(
        path=seen.path,
        page=render.maintenance(seen.page, moment, confirmed=True).decode(),
        mail=mail_shown(runtime, seen.story, moment) if seen.story else None,
        webhook=webhook_shown(runtime, seen.story) if seen.story else None,
        recipients=[Recipients(channel, seen.counts.get(channel, 0)) for channel in Channel],
    )
