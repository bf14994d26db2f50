"""The link in a page by which its reader acknowledges it without logging in.

Opening it changes nothing (mail programs and phones fetch links ahead); the form that it shows does. It is good for one
page and one person, for a day, and says so when somebody answered before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.paged import take_alerts
from actions.alerts.questions import judge
from actions.paging.answering import pages_beside
from actions.paging.holding import lock_paging
from actions.paging.taking import take
from actions.record import keys, now
from auth.actor import of_person
from core.errors import DomainError, ErrorCode, not_found
from core.secrets import Secrets
from core.signing import Signed, read, sign
from models.alert import Alert
from models.incident import Incident
from models.paging.run import Page, PagingRun
from models.paging.words import AlertVerdict, PageState, PagingState, TakenBy
from models.person import User

PATH = "/auth/paged/"
GOOD_FOR = timedelta(days=1)
PURPOSE = "acknowledge page"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page behind a link tells."""

    incident: Incident | None
    alert: Alert | None
    """Of what pages without an incident: the first of its alerts."""
    person: User
    taken_by: User | None
    open: bool
    """Whether it can be acknowledged still."""
    asks: bool = False
    """Whether it is asked if the alerts are an incident."""
    verdict: AlertVerdict | None = None
    """What was said to that."""
    beside: bool = False
    """Whether others, who are needed beside this person, are paged for the incident all the same."""


def link_of(secrets: Secrets, base_url: str, page_id: int, moment: datetime) -> str:
    """The address that stands in a page."""
    return f"{base_url}{PATH}{sign(secrets, Signed(PURPOSE, page_id, moment + GOOD_FOR))}"


async def look_at_page(session: AsyncSession, token: str) -> Shown:
    """What a link is about. NOT_FOUND for one that is not ours; CONFLICT for one that is over."""
    page, incident, reader = await _behind(session, token)
    run = await session.get_one(PagingRun, page.run_id)
    taken = await session.get(User, run.taken_by_id) if run.taken_by_id is not None else None
    alert = await session.get(Alert, run.alert_id) if run.alert_id is not None else None
    waits = run.state in (PagingState.RUNNING, PagingState.UNANSWERED)
    opened = waits and page.state is not PageState.STOPPED
    beside = incident is not None and await pages_beside(session, incident, page)
    return Shown(incident, alert, reader, taken, opened, run.asks_until is not None, run.verdict, beside)


async def acknowledge_by_link(session: AsyncSession, token: str) -> Shown:
    """Take a page as the person whom it was for. Done again it changes nothing, and says who has it."""
    page, incident, reader = await _behind(session, token, lock=False)
    if page.incident_id is None:
        await take_alerts(session, of_person(reader), page.run_id, TakenBy.LINK)
    else:
        incident = await lock_paging(session, page.incident_id, page.run_id)
        await session.refresh(page)
        assert incident is not None  # noqa: S101 (it has one)
        await take(session, of_person(reader), incident, TakenBy.LINK, page=page)
    return await look_at_page(session, token)


async def answer_by_link(session: AsyncSession, token: str, verdict: AlertVerdict, reason: str | None) -> Shown:
    """Say as the person whom a page was for whether its alerts are an incident, as `judge` does.

    CONFLICT if nothing is asked any more.
    """
    page, _, reader = await _behind(session, token, lock=False)
    await judge(session, of_person(reader), page.run_id, verdict, reason, TakenBy.LINK)
    return await look_at_page(session, token)


async def _behind(session: AsyncSession, token: str, *, lock: bool = True) -> tuple[Page, Incident | None, User]:
    said = read(keys(session), PURPOSE, token)
    found = select(Page.incident_id, Page.run_id).where(Page.id == said.key) if said is not None else None
    where = (await session.execute(found)).one_or_none() if found is not None else None
    if said is None or where is None:
        raise not_found("link", "page", "with this link")
    if said.expires is None or said.expires < now(session):
        raise DomainError(
            ErrorCode.CONFLICT,
            "This link was good for a day, and that is over.",
            hint="Sign in and look at the incident.",
        )
    incident = await lock_paging(session, where.incident_id, where.run_id) if lock else None
    page = await session.get_one(Page, said.key, populate_existing=True)
    reader = await session.get_one(User, page.user_id, populate_existing=True)
    if reader.archived:
        raise not_found("link", "page", "with this link")
    return page, incident, reader
