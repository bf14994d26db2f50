"""What publishing an update would do, shown before it is done: the page, the mail, the message, and who gets them.

The update is published in a transaction that is rolled back, and everything is read and rendered by the code that
customers' pages and mails come from. So a preview is refused where publishing is, and shows what publishing shows.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.notices import told_of
from actions.subscribers.links import SUBSCRIBE_PATH, Links
from actions.subscribers.news import held_back, of_incident
from actions.subscribers.recipients import count_recipients
from actions.updates import publish_update
from auth.actor import Actor
from core.client import NOBODY, Client
from core.db import Within
from core.journal import PendingEvent, journal_of
from core.runtime import Runtime
from jobs.subscribers.hook_body import news_body
from jobs.subscribers.letters import MANAGE_WORD, UNSUBSCRIBE_WORD, Writer
from jobs.subscribers.story import incident_story
from jobs.subscribers.told import Story
from models.incident import Incident
from models.update import Update
from models.words import Audience, Channel
from statuspage import render
from statuspage.read import Site
from statuspage.state import banner
from statuspage.views import read_incidents, read_recent
from statuspage.words import Calendar


@dataclass(frozen=True, slots=True)
class MailShown:
    """The mail that subscribers would get. Its links to manage and to unsubscribe lead to where one subscribes."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Recipients:
    """How many subscribers of a channel would be told."""

    channel: Channel
    count: int


@dataclass(frozen=True, slots=True)
class UpdatePreview:
    """What publishing would do. Of an INTERNAL update customers see nothing, and nobody but colleagues is told."""

    path: str | None
    page: str | None
    sentence: str | None
    state: str | None
    mail: MailShown | None
    webhook: str | None
    recipients: list[Recipients]
    colleagues: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read before the transaction was rolled back."""

    page: Site | None
    home: Site | None
    story: Story | None
    counts: dict[Channel, int]
    colleagues: int


async def preview_update(runtime: Runtime, actor: Actor, *, client: Client = NOBODY, **given: Any) -> UpdatePreview:
    """Show what `publish_update` would do with this input, and do nothing. Refused as it would be."""
    database = runtime.database
    async with database.rehearsal(client) as session:
        update = await publish_update(session, actor, **given)
        await session.flush()
        seen = await _see(session, update)
    return await asyncio.to_thread(_shown, runtime, seen, database.clock.now())


async def _see(session: AsyncSession, update: Update) -> _Seen:
    incident = await session.get_one(Incident, update.incident_id)
    (event,) = (each for each in journal_of(session).events if each.kind == "update.published")
    colleagues = await _colleagues(session, event, incident)
    if update.audience is Audience.INTERNAL:
        return _Seen(None, None, None, {}, colleagues)
    reader = Within(session)
    own = (await read_incidents(reader, [incident.id])).get(incident.id)
    home = await read_recent(reader)
    if not event.data["notify"] or held_back(incident):
        return _Seen(own, home, None, {}, colleagues)
    subject = await of_incident(session, incident.id)
    counts = await count_recipients(session, components=subject.components)
    story = await incident_story(reader, incident.id, update.id, event.kind)
    return _Seen(own, home, story, counts, colleagues)


async def _colleagues(session: AsyncSession, event: PendingEvent, incident: Incident) -> int:
    people = await told_of(session, event, incident)
    if people is None:
        return 0
    return int(await session.scalar(select(func.count()).select_from(people.order_by(None).subquery())) or 0)


def _shown(runtime: Runtime, seen: _Seen, moment: datetime) -> UpdatePreview:
    """Render what was seen, as the status page and the worker do."""
    page = banner(seen.home, Calendar(seen.home.time_zone, moment, seen.home.language)) if seen.home else None
    return UpdatePreview(
        path=f"/incidents/{seen.page.threads[0].reference}" if seen.page else None,
        page=render.incident(seen.page, moment, confirmed=True).decode() if seen.page else None,
        sentence=page.sentence if page else None,
        state=page.state if page else None,
        mail=mail_shown(runtime, seen.story, moment) if seen.story else None,
        webhook=webhook_shown(runtime, seen.story) if seen.story else None,
        recipients=[Recipients(channel, seen.counts.get(channel, 0)) for channel in Channel],
        colleagues=seen.colleagues,
    )


def mail_shown(runtime: Runtime, story: Story, moment: datetime) -> MailShown:
    """The mail of a story, its links of one's own replaced by those for everybody."""
    secrets, base_url = runtime.database.keys, runtime.settings.status_url
    writer = Writer(
        story.organisation, base_url, Links(secrets, base_url), moment, story.look, runtime.settings.mail_from
    )
    letter = writer.news(story, everything=True)
    text, html = letter.text, letter.html
    for word in (MANAGE_WORD, UNSUBSCRIBE_WORD):
        text, html = (content.replace(word, base_url + SUBSCRIBE_PATH) for content in (text, html))
    return MailShown(letter.subject, text, html)


def webhook_shown(runtime: Runtime, story: Story) -> str:
    """The message of a story to webhooks, as JSON."""
    base_url = runtime.settings.status_url
    return news_body(story, base_url, base_url + SUBSCRIBE_PATH).decode()
