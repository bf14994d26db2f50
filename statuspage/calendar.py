"""Planned work as a calendar to subscribe to (RFC 5545; RFC 7986 for its name and how often to look)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import icalendar

from models.words import MaintenanceState
from statuspage.language import N_, Language, language_of
from statuspage.planned import Work
from statuspage.read import Site
from statuspage.syndication import chosen_parts
from statuspage.words import line, tidy

PRODUCT = "-//Muster//Status page//%s"
LOOK_EVERY = timedelta(minutes=15)
"""How often a client should look. Many look when they like."""

TOLD = {
    MaintenanceState.SCHEDULED: None,
    MaintenanceState.IN_PROGRESS: N_("The work is under way."),
    MaintenanceState.VERIFYING: N_("The work is under way: we verify it."),
    MaintenanceState.COMPLETED: N_("The work is done."),
    MaintenanceState.CANCELLED: N_("The work will not take place."),
}


def calendar(site: Site, now: datetime, confirmed: bool, base_url: str, chosen: Collection[str] = ()) -> bytes:  # noqa: ARG001
    """All work of the past half year and to come; of some components, if `chosen`."""
    keys = {part.id for part in chosen_parts(site, chosen)}
    names = [line(part.name) for part in chosen_parts(site, chosen)]
    language, organisation = language_of(site.language), line(site.name)
    name = (
        language.say("%(name)s: planned work on %(components)s", name=organisation, components=language.listed(names))
        if names
        else language.say("%(name)s: planned work", name=organisation)
    )
    made = icalendar.Calendar()
    product = PRODUCT % language.code.upper()
    for key, value in (("prodid", product), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        made.add(key, value)
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", LOOK_EVERY, parameters={"value": "DURATION"})
    made.add("x-published-ttl", f"PT{LOOK_EVERY // timedelta(minutes=1)}M")
    for work in site.works:
        if not chosen or keys & set(work.components):
            made.add_component(_event(work, site, base_url))
    return bytes(made.to_ical())


@dataclass(frozen=True, slots=True)
class Invitation:
    """Planned work as a file that mails bring. `method`: of RFC 5546, which the media type repeats."""

    method: str
    name: str
    content: str


def invitation(works: Sequence[Work], site: Site, base_url: str, sender: str) -> Invitation:
    """Works for the calendars of subscribers, as the calendar of the page has them. `sender`: an e-mail address.

    One that is called off is a CANCEL (RFC 5546 §3.2.5); several are PUBLISHed, with the STATUS of each, since a CANCEL
    is of one UID.
    """
    method = "CANCEL" if len(works) == 1 and works[0].state is MaintenanceState.CANCELLED else "PUBLISH"
    made = icalendar.Calendar()
    product = PRODUCT % language_of(site.language).code.upper()
    for key, value in (("prodid", product), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", method)):
        made.add(key, value)
    organizer = icalendar.vCalAddress(f"mailto:{sender}")
    organizer.params["CN"] = line(site.name)
    for work in works:
        event = _event(work, site, base_url)
        event.add("organizer", organizer)  # RFC 5546 asks for one in every event that is sent
        made.add_component(event)
    return Invitation(method, f"{works[0].reference}.ics", made.to_ical().decode())


def _event(work: Work, site: Site, base_url: str) -> icalendar.Event:
    """One work. Its UID never changes, its SEQUENCE rises with the plan, and it is cancelled and not left out."""
    made = icalendar.Event()
    cancelled = work.state is MaintenanceState.CANCELLED
    made.add("uid", f"{work.reference}@{urlsplit(base_url).hostname or 'localhost'}")
    made.add("sequence", work.sequence)
    made.add("dtstamp", _second(work.changed_at))
    made.add("created", _second(work.created_at))
    made.add("last-modified", _second(work.changed_at))
    made.add("dtstart", _second(work.starts_at))
    made.add("dtend", _second(work.ends_at))
    made.add("summary", line(work.title))
    made.add("description", _description(work, language_of(site.language)))
    made.add("url", f"{base_url}/maintenance/{work.reference}")
    affected = [line(part.name) for part in site.components if part.id in work.components]
    if affected:
        made.add("categories", affected)
    made.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # nobody's own time is taken
    made.add("class", "PUBLIC")
    return made


def _description(work: Work, language: Language) -> str:
    """The plan and what was said since, the newest first, as people wrote it."""
    said = [tidy(step.body).strip() for step in reversed(work.told)]
    state = TOLD[work.state]
    first = language.say(state) if state else ""
    return "\n\n".join(part for part in (first, *said, tidy(work.body).strip()) if part)


def _second(moment: datetime) -> datetime:
    """A moment as calendars write it, in UTC: `20261124T030000Z`."""
    return moment.astimezone(UTC).replace(microsecond=0)
