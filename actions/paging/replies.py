"""What vendors tell of our messages: that one arrived or did not, and what a person replied to it."""

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.paged import take_alerts
from actions.find import find_incident
from actions.paging.asking import OPEN_PAGES
from actions.paging.attempts import mark_delivered, mark_failed
from actions.paging.taking import take
from actions.record import keys, now
from auth.actor import SYSTEM, of_person
from core.secrets import SealError
from models.paging.contact import ContactMethod
from models.paging.run import OPEN_SQL, Page, PageAttempt
from models.paging.words import PageWay, TakenBy
from models.person import User

YES = frozenset({"ack", "acknowledge", "yes", "ok", "y"})
OPEN = f"page.{OPEN_SQL}"
"""Pages that wait for an answer. Written out, so that the planner knows the index."""
RECENT = timedelta(days=1)


async def hear_delivery(session: AsyncSession, external_id: str, word: str | None, error: str) -> bool:
    """Note that a message was `delivered`, or `failed`; whether it was one of ours. Other words change nothing."""
    if not external_id or word is None or not external_id.isprintable():
        return False
    recent = PageAttempt.due_at > now(session) - RECENT
    mine = select(PageAttempt.id).where(PageAttempt.external_id == external_id, PageAttempt.way == PageWay.SMS, recent)
    key = (await session.scalars(mine)).first()
    if key is None:
        return False
    if word == "delivered":
        await mark_delivered(session, key)
    else:
        await mark_failed(session, key, error, for_good=True)
    return True


async def hear_reply(session: AsyncSession, number: str, words: str) -> bool:
    """Take what pages whoever has a number, if they reply so; whether anything was. Only verified numbers count."""
    if words.strip().casefold().rstrip(".!") not in YES:
        return False
    waiting = (
        select(Page, ContactMethod.sealed_address)
        .join(PageAttempt, PageAttempt.page_id == Page.id)
        .join(ContactMethod, ContactMethod.id == PageAttempt.method_id)
        .join(User, User.id == Page.user_id)
        .where(
            PageAttempt.way == PageWay.SMS,
            text(OPEN),
            Page.created_at > now(session) - RECENT,
            ContactMethod.archived_at.is_(None),
            User.archived_at.is_(None),
        )
        .order_by(Page.incident_id, Page.run_id, Page.id)
    )
    theirs = [page for page, sealed in await session.execute(waiting) if _opened(session, sealed) == number]
    taken = False
    for page in theirs:
        actor = of_person(await session.get_one(User, page.user_id))
        if page.incident_id is None:
            taken = await take_alerts(session, actor, page.run_id, TakenBy.REPLY) or taken
            continue
        incident = await find_incident(session, SYSTEM, str(page.incident_id))
        await session.refresh(page)
        if page.state in OPEN_PAGES:
            taken = await take(session, actor, incident, TakenBy.REPLY, page=page) or taken
    return taken


def _opened(session: AsyncSession, sealed: bytes | None) -> str | None:
    try:
        return keys(session).open(sealed) if sealed else None
    except SealError:
        return None
