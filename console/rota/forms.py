"""What is done on the page of a schedule: covering, taking back, swapping, and a link to a calendar."""

from datetime import datetime

from starlette.responses import Response

from actions.schedules.covering import add_override, remove_override, swap_shifts
from actions.schedules.links import PATH as CALENDARS
from actions.schedules.links import SUFFIX, create_calendar_link
from console.desk import Desk
from console.fields import Fields
from console.posting import Refused, do, to
from console.rota.read import PATH, schedule_of
from console.rota.show import page
from core.errors import DomainError, invalid
from core.ids import encode
from resolvers.mutations.perform import of_first

NOBODY = "nobody"


async def cover(desk: Desk, fields: Fields) -> Response:
    """Take a shift over oneself, or put somebody, or nobody, on call for a while."""
    row = await schedule_of(desk)
    zone = (await desk.times()).zone
    try:
        ends_at = fields.moment("ends_at", zone)
        if ends_at is None:
            raise invalid("ends_at", "Until when is missing.", "Fill it in.")
        chosen = fields["user"]
        me = encode("User", desk.actor.user_id or 0)
        await do(
            desk,
            fields,
            "addOverride",
            add_override,
            schedule=encode("Schedule", row.id),
            user=None if chosen == NOBODY else me if chosen == "me" else chosen,
            starts_at=fields.moment("starts_at", zone),
            ends_at=ends_at,
            reason=fields.optional("reason"),
        )
    except DomainError as error:
        return await page(desk, row, Refused("cover", fields, error))
    return to(f"{PATH}/{encode('Schedule', row.id)}")


async def take_back(desk: Desk, fields: Fields) -> Response:
    """Take an override back, or end it."""
    row = await schedule_of(desk)
    try:
        await do(desk, fields, "removeOverride", remove_override, override=fields["override"])
    except DomainError as error:
        return await page(desk, row, Refused("cover", fields, error))
    return to(f"{PATH}/{encode('Schedule', row.id)}")


async def swap(desk: Desk, fields: Fields) -> Response:
    """Have two people take over from each other."""
    row = await schedule_of(desk)
    try:
        starts_at, ends_at = _span(fields, "starts_at")
        other_starts_at, other_ends_at = _span(fields, "other_starts_at")
        await do(
            desk,
            fields,
            "swapShifts",
            swap_shifts,
            key=of_first,
            schedule=encode("Schedule", row.id),
            starts_at=starts_at,
            ends_at=ends_at,
            other_starts_at=other_starts_at,
            other_ends_at=other_ends_at,
        )
    except DomainError as error:
        return await page(desk, row, Refused("swap", fields, error))
    return to(f"{PATH}/{encode('Schedule', row.id)}")


async def link(desk: Desk, fields: Fields) -> Response:
    """Make a link to a calendar, of the schedule or of one's own shifts, and show it."""
    row = await schedule_of(desk)
    try:
        wanted = None if fields.flag("own") else encode("Schedule", row.id)
        outcome = await do(desk, fields, "createCalendarLink", create_calendar_link, schedule=wanted)
    except DomainError as error:
        return await page(desk, row, Refused("link", fields, error))
    made = f"{desk.ctx.base_url}{CALENDARS}{outcome.secret}{SUFFIX}" if outcome.secret else ""
    return await page(desk, row, link=made)


def _span(fields: Fields, name: str) -> tuple[datetime, datetime]:
    """A shift as a choice sends it: two moments with a slash (ISO 8601)."""
    first, _, last = fields[name].partition("/")
    try:
        return datetime.fromisoformat(first), datetime.fromisoformat(last)
    except ValueError:
        raise invalid(name, "This is no shift.", "Choose one of the list.") from None
