"""Secret links to calendars: of one's own shifts, or of a schedule's, for programs that can't sign in."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_user
from actions.named import find_schedule
from actions.record import keys, now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Reader
from core.errors import DomainError, ErrorCode
from core.ids import encode
from core.secrets import Secrets
from core.signing import Signed, read, sign
from models.facts.schedule import CalendarLinked
from models.person import User
from models.schedule.table import CalendarLink
from models.words import Visibility

OPEN = "read a calendar of shifts"
PATH = "/oncall/"
SUFFIX = ".ics"


async def create_calendar_link(
    session: AsyncSession, actor: Actor, *, schedule: str | None = None
) -> tuple[CalendarLink, str]:
    """A link to a calendar of a schedule, or of the actor's own shifts, and its token; one that there was ends.

    FORBIDDEN for whoever is no person. It opens as long as that person is not archived.
    """
    require(actor, Permission.READ)
    if actor.user_id is None:
        raise DomainError(ErrorCode.FORBIDDEN, "Calendars are for people.", hint="Sign in as a person.")
    shown = (await find_schedule(session, schedule)).id if schedule is not None else None
    owner = await find_user(session, encode("User", actor.user_id))
    known = await session.scalars(
        select(CalendarLink)
        .where(
            CalendarLink.user_id == owner.id,
            CalendarLink.schedule_id.is_not_distinct_from(shown),
            CalendarLink.revoked_at.is_(None),
        )
        .with_for_update()
    )
    for each in known:
        each.revoked_at = now(session)
    await session.flush()
    link = CalendarLink(user_id=owner.id, schedule_id=shown, created_at=now(session))
    session.add(link)
    await session.flush()
    record(session, actor, CalendarLinked(link_id=link.id, schedule_id=shown), visibility=Visibility.PRIVATE)
    return link, token_of(keys(session), link.id)


def token_of(secrets: Secrets, key: int) -> str:
    """The secret part of a link's address, which its key signs."""
    return sign(secrets, Signed(OPEN, key, None))


async def opened(reader: Reader, secrets: Secrets, token: str) -> CalendarLink | None:
    """The link that a token is of, if it opens now; None for a forged or ended one, and once its owner has left."""
    said = read(secrets, OPEN, token)
    if said is None:
        return None
    there = select(User.id).where(User.id == CalendarLink.user_id, User.archived_at.is_(None))
    standing = select(CalendarLink).where(CalendarLink.id == said.key, CalendarLink.revoked_at.is_(None))
    return await reader.row(CalendarLink, standing.where(there.exists()))
