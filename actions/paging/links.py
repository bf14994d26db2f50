"""The link in a page by which its reader acknowledges it without logging in.

Opening it changes nothing (mail programs and phones fetch links ahead); the form that it shows does. It is good for one
page and one person, for a day, and says so when somebody answered before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.paging.taking import take
from actions.record import keys, now
from auth.actor import SYSTEM, of_person
from core.errors import DomainError, ErrorCode, not_found
from core.secrets import Secrets
from core.signing import Signed, read, sign
from models.incident import Incident
from models.paging.run import Page, PagingRun
from models.paging.words import PageState, PagingState, TakenBy
from models.person import User

PATH = "/auth/paged/"
GOOD_FOR = timedelta(days=1)
PURPOSE = "acknowledge page"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page behind a link tells."""

    incident: Incident
    person: User
    taken_by: User | None
    open: bool
    """Whether it can be acknowledged still."""


def link_of(secrets: Secrets, base_url: str, page_id: int, moment: datetime) -> str:
    """The address that stands in a page."""
    return f"{base_url}{PATH}{sign(secrets, Signed(PURPOSE, page_id, moment + GOOD_FOR))}"


async def look_at_page(session: AsyncSession, token: str) -> Shown:
    """What a link is about. NOT_FOUND for one that is not ours; CONFLICT for one that is over."""
    page, incident, reader = await _behind(session, token)
    run = await session.get_one(PagingRun, page.run_id)
    taken = await session.get(User, run.taken_by_id) if run.taken_by_id is not None else None
    waits = run.state in (PagingState.RUNNING, PagingState.UNANSWERED)
    return Shown(incident, reader, taken, waits and page.state is not PageState.STOPPED)


async def acknowledge_by_link(session: AsyncSession, token: str) -> Shown:
    """Take a page as the person whom it was for. Done again it changes nothing, and says who has it."""
    page, incident, reader = await _behind(session, token)
    await take(session, of_person(reader), incident, TakenBy.LINK, page=page)
    return await look_at_page(session, token)


async def _behind(session: AsyncSession, token: str) -> tuple[Page, Incident, User]:
    said = read(keys(session), PURPOSE, token)
    key = await session.scalar(select(Page.incident_id).where(Page.id == said.key)) if said is not None else None
    if said is None or key is None:
        raise not_found("link", "page", "with this link")
    if said.expires is None or said.expires < now(session):
        raise DomainError(
            ErrorCode.CONFLICT,
            "This link was good for a day, and that is over.",
            hint="Sign in and look at the incident.",
        )
    incident = await find_incident(session, SYSTEM, str(key))
    page = await session.get_one(Page, said.key, populate_existing=True)
    reader = await session.get_one(User, page.user_id, populate_existing=True)
    if reader.archived:
        raise not_found("link", "page", "with this link")
    return page, incident, reader
