"""What a piece of news tells, read in one snapshot at the time of sending; every channel puts it into its own form."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy import func, select

from auth.actor import SYSTEM
from auth.visibility import visible_events
from core.db import Reader
from jobs.subscribers.postmortem_story import postmortem_story
from jobs.subscribers.told import Affected, Story
from jobs.subscribers.work_story import work_story
from models.event import Event
from models.incident import Incident
from models.subscriber import Broadcast
from models.update import Update
from models.words import Audience, ComponentStatus, NewsKind, PublicStatus
from statuspage.brand import look
from statuspage.frame import read_for
from statuspage.language import language_of
from statuspage.read import Said, Site, Thread, read_site
from statuspage.state import SAID_WORDS, SHAPE, STATUS_WORDS, promised, title_of
from statuspage.words import Calendar, line, tidy

BEFORE = 5
"""Earlier updates that a mail lists."""


Tell = Callable[[Reader, Event], Awaitable[Story | None]]


async def read_story(reader: Reader, broadcast_id: int) -> tuple[Broadcast, Story | None]:
    """A broadcast and what it tells; None if customers may not know of it (any more)."""
    broadcast = await reader.row(Broadcast, select(Broadcast).where(Broadcast.id == broadcast_id))
    if broadcast is None:
        raise LookupError(f"there is no broadcast {broadcast_id}")
    read_for(reader, broadcast.page_id)
    event = await reader.row(Event, select(Event).where(Event.id == broadcast.event_id, visible_events(SYSTEM)))
    story = await TOLD[broadcast.kind](reader, event) if event is not None else None
    return broadcast, replace(story, thread=broadcast.topic) if story is not None else None


async def _incident_story(reader: Reader, event: Event) -> Story | None:
    if event.kind.startswith("public_postmortem."):
        return await postmortem_story(reader, event)
    return await incident_story(reader, event.incident_id or 0, event.data["update_id"], event.kind)


async def incident_story(reader: Reader, incident_id: int, update_id: int, kind: str) -> Story | None:
    """What is told of an update of an incident, published or edited; None if customers may not know of it."""
    site = await read_site(reader, Incident.id == incident_id)
    if not site.threads:
        return None
    thread = site.threads[0]
    number = await reader.scalar(
        select(func.count()).where(
            Update.incident_id == incident_id,
            Update.audience == Audience.PUBLIC,
            Update.id <= update_id,
        )
    )
    said = next((said for said in thread.standing if said.number == number), None)
    if said is None:
        return None
    told = tuple(each for each in thread.standing if each.number <= number)
    story = _of(site, Thread(thread.id, thread.title, told), said, kind)
    if kind == "update.edited":
        return replace(story, heading=story.look.language.say("Corrected: %(heading)s", heading=story.heading))
    return story


def _of(site: Site, thread: Thread, said: Said, kind: str) -> Story:
    """The story of the newest update of a thread that ends with it."""
    calendar = Calendar(site.time_zone, said.published_at, site.language)
    say = calendar.say
    affected = _affected(site, thread)
    worst = max((each.status for each in affected), key=lambda status: status.rank, default=None)
    promise = said.next_update_by if said.status is not PublicStatus.RESOLVED else None
    brief, state = _state(thread, said, worst, calendar)
    return Story(
        event_kind=kind,
        organisation=line(site.name),
        topic=thread.reference,
        title=title_of(thread, site),
        number=said.number,
        status=said.status,
        shape=_shape(said, worst),
        brief=brief,
        state=state,
        heading=say(SAID_WORDS[said.status]),
        at=said.published_at,
        time=_time(said, calendar),
        body=tidy(said.body),
        promise=promised(promise, calendar) if promise else None,
        promised_at=promise,
        affected=affected,
        before=tuple(
            f"{calendar.moment(each.published_at)}: {say(SAID_WORDS[each.status])}"
            for each in reversed([each for each in thread.standing if each.number != said.number][-BEFORE:])
        ),
        path=f"/incidents/{thread.reference}",
        began_at=thread.began_at,
        ended_at=thread.ended_at,
        edited_at=said.edited_at,
        look=look(site),
    )


def _time(said: Said, calendar: Calendar) -> str:
    """When it was said; of a back-dated update also when that was."""
    if said.recorded_at is None:
        return calendar.time(said.published_at)
    return calendar.say(
        "%(time)s, posted later, %(moment)s",
        time=calendar.time(said.published_at),
        moment=calendar.moment(said.recorded_at),
    )


def _affected(site: Site, thread: Thread) -> tuple[Affected, ...]:
    """The components that the thread has named, each with its last word on it, the worst first."""
    last = {key: status for said in thread.standing for key, status in said.changes}
    if thread.last.status is PublicStatus.RESOLVED:
        last = dict.fromkeys(last, ComponentStatus.OPERATIONAL)
    say = language_of(site.language).say
    found = [
        Affected(part.id, line(part.name), last[part.id], say(STATUS_WORDS[last[part.id]]))
        for part in site.components
        if part.id in last
    ]
    return tuple(sorted(found, key=lambda each: -each.status.rank))


def _shape(said: Said, worst: ComponentStatus | None) -> str:
    if said.status is PublicStatus.RESOLVED:
        return SHAPE[ComponentStatus.OPERATIONAL]
    return SHAPE[worst or ComponentStatus.DEGRADED_PERFORMANCE]


def _state(thread: Thread, said: Said, worst: ComponentStatus | None, calendar: Calendar) -> tuple[str, str]:
    """How it is, in brief and in full."""
    if said.status is PublicStatus.RESOLVED:
        length = calendar.language.between(thread.began_at, said.published_at)
        over = calendar.say("Resolved after %(length)s", length=length)
        return over, over
    troubled = worst is not None and worst is not ComponentStatus.OPERATIONAL
    words = calendar.say(STATUS_WORDS[worst] if troubled and worst else SAID_WORDS[said.status])
    moment = calendar.full(thread.began_at)
    return words, calendar.say("%(state)s, since %(moment)s", state=words, moment=moment)


TOLD: dict[NewsKind, Tell] = {NewsKind.INCIDENTS: _incident_story, NewsKind.MAINTENANCE: work_story}
"""Who reads the story of each kind of news."""
