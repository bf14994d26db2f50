"""`/oncall/{token}.ics`: shifts as a calendar to subscribe to (RFC 5545; RFC 7986 for its name and how often to look).

The address is the credential: calendar programs can't sign in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import icalendar
from sqlalchemy import or_, select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from actions.schedules.links import PATH, SUFFIX, opened
from actions.schedules.reading import Rota, rotas
from console.download import headers_for
from console.pages import unless_away
from core.db import Reader
from core.ids import encode
from core.runtime import Runtime
from models.person import User
from models.schedule.plan import Layer, Shift
from models.schedule.table import CalendarLink, Schedule
from models.schedule.words import RotationKind

TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Muster//On call//EN"
PAST, AHEAD = timedelta(days=30), timedelta(days=120)
"""Which shifts it shows."""
LOOK_EVERY = timedelta(hours=1)
GONE = "There is no such calendar any more. Make another link in Muster, under On call.\n"
LENGTHS = {
    RotationKind.HOURLY: timedelta(hours=1),
    RotationKind.DAILY: timedelta(days=1),
    RotationKind.WEEKLY: timedelta(days=7),
    RotationKind.MONTHLY: timedelta(days=31),
}


class Entry(NamedTuple):
    """A shift with what it is called by."""

    schedule: Schedule
    shift: Shift
    person: User


@unless_away
async def calendar(request: Request) -> Response:
    """The calendar that a link opens; 404 for every address that opens none."""
    runtime: Runtime = request.app.state.runtime
    database = runtime.database
    async with database.reading() as reader:
        link = await opened(reader, database.keys, request.path_params["token"])
        if link is None:
            return PlainTextResponse(GONE, 404, {"Cache-Control": "no-store"})
        content = await _content(reader, link, runtime.settings.base_url)
    return Response(content, headers=headers_for("oncall.ics", TYPE))


def routes() -> list[BaseRoute]:
    """Its route."""
    return [Route(f"{PATH}{{token}}{SUFFIX}", calendar)]


async def _content(reader: Reader, link: CalendarLink, base_url: str) -> bytes:
    moment = reader.clock.now()
    wanted = select(Schedule.id).where(or_(Schedule.archived_at.is_(None), Schedule.archived_at > moment - PAST))
    if link.schedule_id is not None:
        wanted = select(Schedule.id).where(Schedule.id == link.schedule_id)
    keys = [row.id for row in await reader.execute(wanted)]
    found = [
        (rota.schedule, shift)
        for rota in await rotas(reader, keys, moment - PAST, moment + AHEAD)
        for shift in _whole(rota, moment)
        if link.schedule_id is not None or shift.person == link.user_id
    ]
    people = await reader.rows(User, select(User).where(User.id.in_({shift.person for _, shift in found})))
    by_key = {row.id: row for row in people}
    names = sorted({schedule.name for schedule, _ in found})
    name = f"On call: {names[0]}" if link.schedule_id is not None and names else "On call"
    entries = [Entry(schedule, shift, by_key[shift.person]) for schedule, shift in found]
    return written(entries, name, moment, base_url, own=link.schedule_id is None)


def _whole(rota: Rota, moment: datetime) -> Iterable[Shift]:
    """The shifts that a calendar shows, none of them cut off at its beginning: their beginnings tell them apart."""
    layers = [layer for plan in rota.plans for layer in plan.layers]
    longest = max((_length(layer) for layer in layers), default=timedelta())
    begins = moment - PAST - longest
    found = rota.shifts(begins, moment + AHEAD)
    return [each for each in found if each.ends_at > moment - PAST]


def _length(layer: Layer) -> timedelta:
    return layer.length * LENGTHS[layer.kind] + timedelta(days=2)


def written(entries: Iterable[Entry], name: str, moment: datetime, base_url: str, *, own: bool) -> bytes:
    """A calendar of shifts. `own`: all of them are one person's, who is not named."""
    made = icalendar.Calendar()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        made.add(key, value)
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", LOOK_EVERY, parameters={"value": "DURATION"})
    made.add("x-published-ttl", f"PT{LOOK_EVERY // timedelta(hours=1)}H")
    host = urlsplit(base_url).hostname or "localhost"
    for entry in sorted(entries, key=lambda each: (each.shift.starts_at, each.schedule.id)):
        made.add_component(_event(entry, moment, base_url, host, own=own))
    return bytes(made.to_ical())


def _event(entry: Entry, moment: datetime, base_url: str, host: str, *, own: bool) -> icalendar.Event:
    """A shift. Its UID stays, whoever takes it over: it says of which schedule it is and when it begins."""
    schedule, shift, person = entry
    made = icalendar.Event()
    made.add("uid", f"shift-{schedule.id}-{int(shift.starts_at.timestamp())}@{host}")
    made.add("dtstamp", moment.replace(microsecond=0))
    made.add("dtstart", shift.starts_at.replace(microsecond=0))
    made.add("dtend", shift.ends_at.replace(microsecond=0))
    made.add("summary", f"On call: {schedule.name}" if own else f"{person.name}: {schedule.name}")
    made.add("description", f"Layer {shift.layer}" if shift.layer else "By an override")
    made.add("url", f"{base_url}/console/on-call/{encode('Schedule', schedule.id)}")
    made.add("status", "CONFIRMED")
    made.add("transp", "TRANSPARENT")  # being on call is no meeting
    made.add("class", "PRIVATE")
    return made
