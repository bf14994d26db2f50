"""By which ways a person is paged, in which order and when: their rules and quiet hours (models.paging.contact)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.paging.contact import ContactMethod, PagingPreference
from models.paging.words import PageWay, Urgency
from models.schedule.wall import instant, wall_of


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a person, and when it is due."""

    way: PageWay
    method_id: int | None
    due_at: datetime


async def ways_to(
    session: AsyncSession, people: Sequence[int], urgency: Urgency, moment: datetime, *, through_quiet: bool
) -> dict[int, list[Way]]:
    """The ways to each person, in order. Whoever has no rule that leads anywhere is mailed at once.

    In quiet hours everything waits until they end, unless `through_quiet`.
    """
    wishes = {
        row.user_id: row
        for row in await session.scalars(select(PagingPreference).where(PagingPreference.user_id.in_(people)))
    }
    usable = select(ContactMethod).where(
        ContactMethod.user_id.in_(people),
        ContactMethod.archived_at.is_(None),
        ContactMethod.verified_at.is_not(None),
    )
    methods = {row.id: row for row in await session.scalars(usable)}
    found: dict[int, list[Way]] = defaultdict(list)
    for person in people:
        wish = wishes.get(person)
        begins = moment if through_quiet or wish is None else max(moment, quiet_end(wish, moment) or moment)
        for rule in (wish.rules if wish is not None else {}).get(urgency, []):
            method = methods.get(rule["method_id"]) if rule["method_id"] is not None else None
            if method is None and rule["method_id"] is not None:
                continue  # given up since, or never shown to work
            due = begins + timedelta(minutes=rule["after_minutes"])
            found[person].append(Way(method.way if method else PageWay.MAIL, method.id if method else None, due))
        if not found[person]:
            found[person].append(Way(PageWay.MAIL, None, begins))
    return found


def quiet_end(wish: PagingPreference, moment: datetime) -> datetime | None:
    """When the quiet hours end that a moment (UTC) is in; None: it is in none."""
    if wish.quiet_from is None or wish.quiet_until is None or wish.quiet_from == wish.quiet_until:
        return None
    zone = ZoneInfo(wish.zone)
    wall = wall_of(moment, zone)
    over_midnight = wish.quiet_until < wish.quiet_from
    if over_midnight:
        quiet = wall.time() >= wish.quiet_from or wall.time() < wish.quiet_until
    else:
        quiet = wish.quiet_from <= wall.time() < wish.quiet_until
    if not quiet:
        return None
    day = wall.date() + timedelta(days=1) if over_midnight and wall.time() >= wish.quiet_from else wall.date()
    return instant(datetime.combine(day, wish.quiet_until), zone)
