"""What is told of a public postmortem: its words as they are at the time of sending."""

from core.db import Reader
from jobs.subscribers.told import Story
from models.event import Event
from models.incident import Incident
from models.words import ComponentStatus, PublicStatus
from statuspage.brand import look
from statuspage.learned import ANCHOR
from statuspage.read import read_site
from statuspage.state import SHAPE, title_of
from statuspage.words import Calendar, line, tidy


async def postmortem_story(reader: Reader, event: Event) -> Story | None:
    """The story of one that was published or edited; None if customers may not know of it (any more)."""
    site = await read_site(reader, Incident.id == event.incident_id)
    thread = site.threads[0] if site.threads else None
    told = thread.postmortem if thread is not None else None
    if thread is None or told is None:
        return None
    calendar = Calendar(site.time_zone, told.changed_at, site.language)
    edited = told.edited_at if event.kind == "public_postmortem.edited" else None
    heading = calendar.say("What we learned")
    over = thread.ended_at or thread.last.published_at
    return Story(
        event_kind=event.kind,
        organisation=line(site.name),
        topic=thread.reference,
        title=title_of(thread, site),
        number=None,
        status=PublicStatus.RESOLVED,
        shape=SHAPE[ComponentStatus.OPERATIONAL],
        brief=calendar.say("Postmortem"),
        state=calendar.say("Resolved after %(length)s", length=calendar.language.between(thread.began_at, over)),
        heading=calendar.say("Corrected: %(heading)s", heading=heading) if edited else heading,
        at=told.published_at,
        time=calendar.moment(told.published_at),
        body=tidy(told.body),
        promise=None,
        promised_at=None,
        affected=(),
        before=(),
        path=f"/incidents/{thread.reference}#{ANCHOR}",
        began_at=thread.began_at,
        ended_at=thread.ended_at,
        edited_at=told.edited_at,
        look=look(site),
    )
