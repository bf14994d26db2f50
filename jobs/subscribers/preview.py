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
from actions.pages.find import find_scope
from actions.pages.known import PageScope
from actions.subscribers.links import SUBSCRIBE_PATH, Links
from actions.subscribers.news import held_back, of_incident
from actions.updates import publish_update
from auth.actor import Actor
from core.client import NOBODY, Client
from core.journal import PendingEvent, journal_of
from core.runtime import Runtime
from jobs.subscribers.hook_body import news_body
from jobs.subscribers.letters import MANAGE_WORD, UNSUBSCRIBE_WORD, Writer
from jobs.subscribers.reach import NOWHERE, Reach, Reached, Recipients, reach, reading
from jobs.subscribers.story import incident_story
from jobs.subscribers.told import Story
from models.incident import Incident
from models.update import Update
from models.words import Audience, NewsKind
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
    pages: list[Reached]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read before the transaction was rolled back."""

    colleagues: int
    reach: Reach | None = None
    page: Site | None = None
    home: Site | None = None
    story: Story | None = None


async def preview_update(
    runtime: Runtime, actor: Actor, *, client: Client = NOBODY, page: str | None = None, **given: Any
) -> UpdatePreview:
    """Show what `publish_update` would do with this input, and do nothing. Refused as it would be.

    As the further status page `page` would have it; None: the organisation's own, or the first that shows it.
    NOT_FOUND; CONFLICT for a page that is archived, or would not show it.
    """
    database = runtime.database
    async with database.rehearsal(client) as session:
        update = await publish_update(session, actor, **given)
        await session.flush()
        seen = await _see(session, update, await find_scope(session, page))
    return await asyncio.to_thread(_shown, runtime, seen, database.clock.now())


async def _see(session: AsyncSession, update: Update, scope: PageScope) -> _Seen:
    incident = await session.get_one(Incident, update.incident_id)
    (event,) = (each for each in journal_of(session).events if each.kind == "update.published")
    colleagues = await _colleagues(session, event, incident)
    if update.audience is Audience.INTERNAL:
        return _Seen(colleagues)
    told = event.data["notify"] and not held_back(incident)
    touched = (await of_incident(session, incident.id)).components
    where = await reach(session, scope, touched, NewsKind.INCIDENTS, told=told)
    reader = reading(session, where.scope)
    own = (await read_incidents(reader, [incident.id])).get(incident.id)
    mailed = told and where.mailed
    story = await incident_story(reader, incident.id, update.id, event.kind) if mailed else None
    return _Seen(colleagues, where, own, await read_recent(reader), story)


async def _colleagues(session: AsyncSession, event: PendingEvent, incident: Incident) -> int:
    people = await told_of(session, event, incident)
    if people is None:
        return 0
    return int(await session.scalar(select(func.count()).select_from(people.order_by(None).subquery())) or 0)


def _shown(runtime: Runtime, seen: _Seen, moment: datetime) -> UpdatePreview:
    """Render what was seen, as the status page and the worker do."""
    page = banner(seen.home, Calendar(seen.home.time_zone, moment, seen.home.language)) if seen.home else None
    where, story = seen.reach, seen.story
    base_url = where.base_url(runtime) if where else ""
    return UpdatePreview(
        path=f"/incidents/{seen.page.threads[0].reference}" if seen.page else None,
        page=render.incident(seen.page, moment, confirmed=True).decode() if seen.page else None,
        sentence=page.sentence if page else None,
        state=page.state if page else None,
        mail=mail_shown(runtime, story, moment, base_url) if story else None,
        webhook=webhook_shown(story, base_url) if story else None,
        recipients=where.recipients() if where else NOWHERE,
        colleagues=seen.colleagues,
        pages=where.pages(runtime) if where else [],
    )


def mail_shown(runtime: Runtime, story: Story, moment: datetime, base_url: str) -> MailShown:
    """The mail of a story, its links of one's own replaced by those for everybody."""
    links = Links(runtime.database.keys, base_url)
    writer = Writer(story.organisation, base_url, links, moment, story.look, runtime.settings.mail_from)
    letter = writer.news(story, everything=True)
    text, html = letter.text, letter.html
    for word in (MANAGE_WORD, UNSUBSCRIBE_WORD):
        text, html = (content.replace(word, base_url + SUBSCRIBE_PATH) for content in (text, html))
    return MailShown(letter.subject, text, html)


def webhook_shown(story: Story, base_url: str) -> str:
    """The message of a story to webhooks, as JSON."""
    return news_body(story, base_url, base_url + SUBSCRIBE_PATH).decode()
