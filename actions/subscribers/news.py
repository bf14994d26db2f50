"""Which events are news for subscribers: a table by event kind. A new kind of news is one more row here.

What such news tells is read at the time of sending (jobs.subscribers.stories), by NewsKind.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue
from actions.subscribers.subject import Subject
from actions.subscribers.work_news import of_series, of_work, series_held_back, work_held_back
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.journal import PendingEvent
from models.event import Event
from models.incident import REFERENCE_PREFIX, Incident
from models.job import JobName
from models.public_postmortem import PublicPostmortem
from models.subscriber import Broadcast
from models.update import Update, UpdateComponent
from models.words import Audience, IncidentKind, NewsKind

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """How an event becomes news. `held_back` says why it must not go out (any more), None if it may."""

    kind: NewsKind
    applies: Callable[[Data], bool]
    subject: Callable[[AsyncSession, Event], Awaitable[Subject]]
    held_back: Callable[[AsyncSession, Event], Awaitable[str | None]]


def _public_and_told(data: Data) -> bool:
    return data.get("audience") == Audience.PUBLIC and bool(data.get("notify"))


async def of_incident(session: AsyncSession, incident_id: int | None) -> Subject:
    """An incident, and every component that its public updates have named so far."""
    named = (
        select(UpdateComponent.component_id)
        .join(Update, Update.id == UpdateComponent.update_id)
        .where(
            Update.incident_id == incident_id,
            Update.audience == Audience.PUBLIC,
            Update.withdrawn_at.is_(None),
        )
    )
    return Subject(f"{REFERENCE_PREFIX}{incident_id}", frozenset(await session.scalars(named)))


async def _of_incident(session: AsyncSession, event: Event) -> Subject:
    return await of_incident(session, event.incident_id)


def held_back(incident: Incident | None) -> bool:
    """Whether customers are told of an incident by nobody: it is private, or no real one."""
    return incident is None or incident.private or incident.kind is not IncidentKind.REAL


async def _incident_held_back(session: AsyncSession, event: Event) -> str | None:
    """Public updates of incidents that everybody may know of, and that were not taken back."""
    theirs = select(Incident).where(Incident.id == event.incident_id, visible_to(SYSTEM))
    incident = await session.scalar(theirs.execution_options(populate_existing=True))
    if held_back(incident):
        return "The incident is not one that customers are told of."
    withdrawn = await session.scalar(select(Update.withdrawn_at).where(Update.id == event.data["update_id"]))
    return "The update was withdrawn." if withdrawn is not None else None


async def _postmortem_held_back(session: AsyncSession, event: Event) -> str | None:
    """The same for the postmortem that customers read."""
    theirs = select(Incident).where(Incident.id == event.incident_id, visible_to(SYSTEM))
    if held_back(await session.scalar(theirs.execution_options(populate_existing=True))):
        return "The incident is not one that customers are told of."
    own = select(PublicPostmortem.withdrawn_at).where(PublicPostmortem.id == event.data["public_postmortem_id"])
    return "The postmortem was withdrawn." if await session.scalar(own) is not None else None


def _told(data: Data) -> bool:
    return bool(data.get("notify"))


STEPS = (
    "scheduled",
    "edited",
    "reminded",
    "started",
    "completed",
    "cancelled",
    "update_published",
    "update_edited",
)
SERIES_STEPS = ("scheduled", "edited", "ended")

NEWS: dict[str, News] = {
    "update.published": News(NewsKind.INCIDENTS, _public_and_told, _of_incident, _incident_held_back),
    "update.edited": News(NewsKind.INCIDENTS, _public_and_told, _of_incident, _incident_held_back),
    "public_postmortem.published": News(NewsKind.INCIDENTS, _told, _of_incident, _postmortem_held_back),
    "public_postmortem.edited": News(NewsKind.INCIDENTS, _told, _of_incident, _postmortem_held_back),
    **{f"maintenance.{step}": News(NewsKind.MAINTENANCE, _told, of_work, work_held_back) for step in STEPS},
    **{
        f"maintenance.series_{step}": News(NewsKind.MAINTENANCE, _told, of_series, series_held_back)
        for step in SERIES_STEPS
    },
}
"""By event kind. Withdrawals are told to nobody: a mail that takes back a mail is one more mail about nothing."""


def tell_subscribers(session: AsyncSession, event: PendingEvent) -> None:
    """Have subscribers told of an event of this transaction, if it is news for them. Actions call it after `record`."""
    news = NEWS.get(event.kind)
    if news is not None and news.applies(event.data):
        enqueue(session, JobName.BROADCAST_LIST, event=event)


async def news_of(session: AsyncSession, broadcast: Broadcast) -> tuple[News, Event]:
    """What a broadcast tells of."""
    event = await session.get_one(Event, broadcast.event_id)
    return NEWS[event.kind], event
