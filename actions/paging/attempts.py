"""The ledger of pages: claim, send, mark (DESIGN §5). Pages go out at least once.

From the claim to the mark nobody knows whether the message went out, so the state is UNKNOWN, and for DEDUPE nothing
is sent again: whoever claimed it may have got it through. After that it is sent once more, under the same id.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.needed import stop_if_held, why_not_needed
from actions.paging.asking import DEDUPE, OPEN_PAGES, take_step
from actions.paging.holding import lock_paging
from actions.paging.reach import reachable
from actions.record import enqueue, now
from core.backoff import backoff
from models.incident import Incident
from models.job import JobName
from models.paging.run import LIVE, Page, PageAttempt, PagingRun
from models.paging.words import PageState, PageWay
from models.words import DeliveryState

KEEP_TRYING = timedelta(hours=1)
"""How long a way is tried. Whoever was not reached by then was passed over long ago."""
ON_ITS_WAY = (DeliveryState.PENDING, DeliveryState.UNKNOWN)
ERROR_CHARACTERS = 500
GONE = "The person is archived, or may not see the incident any more."
ENDED = "Somebody answered, or nobody was needed any more."


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt that may be sent now."""

    attempt: PageAttempt
    page: Page
    run: PagingRun


async def claim(session: AsyncSession, attempt_id: int) -> Claimed | float | None:
    """Begin to send an attempt; None if it is settled or must not go out any more. It is asked when all is ready.

    Seconds to wait if it was claimed a moment ago and never marked.
    """
    incident, attempt, page = await _locked(session, attempt_id)
    if attempt.state not in ON_ITS_WAY:
        return None
    run = await session.get_one(PagingRun, page.run_id)
    held = await stop_if_held(session, run) if page.state in OPEN_PAGES else None
    if page.state not in OPEN_PAGES:
        why = held or (await why_not_needed(session, run.id) if run.incident_id is None else None)
        attempt.state, attempt.error = DeliveryState.SUPPRESSED, (why or ENDED)[:ERROR_CHARACTERS]
        return None
    if not await reachable(session, incident, [page.user_id]):
        attempt.state, attempt.error = DeliveryState.SUPPRESSED, GONE
        await _fail_page(session, incident, page)
        return None
    if attempt.state is DeliveryState.UNKNOWN and attempt.claimed_at is not None:
        since = now(session) - attempt.claimed_at
        if since < DEDUPE:
            return (DEDUPE - since).total_seconds()
    attempt.state, attempt.claimed_at = DeliveryState.UNKNOWN, now(session)
    attempt.attempts += 1
    return Claimed(attempt, page, run)


async def mark_sent(session: AsyncSession, attempt_id: int, external_id: str | None) -> None:
    """Whoever carries the message took it, under the id by which it is known there."""
    _, attempt, page = await _locked(session, attempt_id)
    attempt.state, attempt.sent_at = DeliveryState.SENT, now(session)
    attempt.external_id, attempt.error = external_id, None
    page.sent_at = page.sent_at or attempt.sent_at
    if page.state is PageState.ASKED:
        page.state = PageState.SENT


async def mark_delivered(session: AsyncSession, attempt_id: int) -> None:
    """Whoever carries the message says that it arrived. Said again, or late, it changes nothing."""
    _, attempt, page = await _locked(session, attempt_id)
    if attempt.state in (DeliveryState.SENT, DeliveryState.UNKNOWN):
        attempt.state, attempt.delivered_at = DeliveryState.DELIVERED, now(session)
        page.delivered_at = page.delivered_at or attempt.delivered_at
    if page.state in (PageState.ASKED, PageState.SENT):
        page.state = PageState.DELIVERED


async def mark_failed(
    session: AsyncSession, attempt_id: int, error: str, *, for_good: bool, uncertain: bool = False
) -> float | None:
    """An attempt failed: seconds until the next; None if there is none. `uncertain`: it may have arrived all the same.

    When no way to the person is left, the page failed: if nobody else of its step can answer, the next step is taken.
    """
    incident, attempt, page = await _locked(session, attempt_id)
    if attempt.state not in (*ON_ITS_WAY, DeliveryState.SENT):
        return None
    attempt.error = error[:ERROR_CHARACTERS]
    if not for_good and now(session) - page.created_at < KEEP_TRYING:
        attempt.state = DeliveryState.UNKNOWN if uncertain else DeliveryState.PENDING
        return max(backoff(attempt.attempts), DEDUPE.total_seconds() if uncertain else 0.0)
    attempt.state = DeliveryState.FAILED
    await session.flush()
    left = select(PageAttempt.id).where(
        PageAttempt.page_id == page.id, PageAttempt.state.not_in((DeliveryState.FAILED, DeliveryState.SUPPRESSED))
    )
    if not await session.scalar(select(exists(left))) and not await _by_mail(session, page):
        await _fail_page(session, incident, page)
    return None


async def _by_mail(session: AsyncSession, page: Page) -> bool:
    """Mail the account where all ways of the person's own failed; False if that was tried before."""
    tried = (await session.scalars(select(PageAttempt).where(PageAttempt.page_id == page.id))).all()
    if any(each.way is PageWay.MAIL and each.method_id is None for each in tried) or page.state not in OPEN_PAGES:
        return False
    moment = now(session)
    last = PageAttempt(
        page_id=page.id,
        position=max(each.position for each in tried) + 1,
        way=PageWay.MAIL,
        state=DeliveryState.PENDING,
        due_at=moment,
        queued_at=moment,
    )
    session.add(last)
    await session.flush()
    enqueue(session, JobName.PAGE_SEND, attempt_id=last.id)
    return True


async def _fail_page(session: AsyncSession, incident: Incident | None, page: Page) -> None:
    """Nobody will read this page; go on at once if it was the last hope of its step."""
    if page.state not in OPEN_PAGES:
        return
    page.state, page.ended_at = PageState.FAILED, now(session)
    await session.flush()
    run = await session.get_one(PagingRun, page.run_id)
    beside = select(Page.id).where(Page.run_id == run.id, Page.state.in_(OPEN_PAGES), Page.step == page.step)
    present = (run.round, run.step) == (page.round, page.step)
    if run.state in LIVE and present and not await session.scalar(select(exists(beside))):
        await take_step(session, incident, run)


async def _locked(session: AsyncSession, attempt_id: int) -> tuple[Incident | None, PageAttempt, Page]:
    """An attempt and its page, with the lock of the incident, or of alerts alone of the run: all else keeps still."""
    theirs = select(Page.incident_id, Page.run_id).join(PageAttempt, PageAttempt.page_id == Page.id)
    found = (await session.execute(theirs.where(PageAttempt.id == attempt_id))).one()
    incident = await lock_paging(session, found.incident_id, found.run_id)
    attempt = await session.get_one(PageAttempt, attempt_id, populate_existing=True)
    return incident, attempt, await session.get_one(Page, attempt.page_id, populate_existing=True)
