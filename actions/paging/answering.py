"""Ending what pages: somebody has it, or it is over. The caller holds the incident, or the run of alerts alone."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.paging.asking import OPEN_PAGES
from actions.record import now, record
from auth.actor import Actor
from models.facts.paging import PageAnswered
from models.incident import Incident
from models.paging.run import ANSWERABLE, Page, PageAttempt, PagingRun
from models.paging.words import PageState, PagingState, TakenBy
from models.words import DeliveryState

TAKEN, OVER = "Somebody answered before it was sent.", "Nobody was needed any more before it was sent."


async def answer_runs(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    way: TakenBy,
    *,
    page: Page | None = None,
    user_id: int | None = None,
) -> bool:
    """Somebody has it: nobody else is paged; whether anything paged. All runs of the incident end.

    With a page only its run ends, and others that name the same person: those who run another service are still needed.
    `user_id` is who it was, if not the actor.
    """
    runs = await _open(session, incident)
    if page is not None:
        runs = [run for run in runs if _ends_with(run, page)]
    if not runs:
        return False
    await end_answered(session, actor, incident, runs, way, user_id=user_id)
    return True


async def pages_beside(session: AsyncSession, incident: Incident, page: Page) -> bool:
    """Whether runs of the incident page on once somebody answers a page."""
    return not all(_ends_with(run, page) for run in await _open(session, incident))


async def end_answered(
    session: AsyncSession,
    actor: Actor,
    incident: Incident | None,
    runs: Sequence[PagingRun],
    way: TakenBy,
    *,
    user_id: int | None = None,
) -> None:
    """Somebody answered these runs, at least one: they end, and the event says after how long."""
    moment, person = now(session), user_id if user_id is not None else actor.user_id
    begun = min((run.begun_at for run in runs if run.begun_at), default=moment)
    for run in runs:
        run.state, run.next_escalation_at, run.ended_at = PagingState.ACKNOWLEDGED, None, moment
        run.taken_by_id, run.taken_by = person, way
    ids = [run.id for run in runs]
    await _end_pages(session, ids, PageState.STOPPED, TAKEN, person=person)
    seconds = int((moment - begun).total_seconds())
    fact = PageAnswered(run_ids=ids, user_id=person, way=way, after_seconds=seconds)
    record(session, actor, fact, incident=incident)


async def stop_runs(session: AsyncSession, incident: Incident) -> None:
    """It is over: nobody is paged any more. The event that ended it says so."""
    await end_stopped(session, await _open(session, incident))


async def end_stopped(session: AsyncSession, runs: Sequence[PagingRun], why: str | None = None) -> None:
    """What these runs are for is over, or held back: they end without an answer. `why`: of what was not sent yet."""
    if not runs:
        return
    for run in runs:
        run.state, run.next_escalation_at, run.ended_at = PagingState.STOPPED, None, now(session)
    await _end_pages(session, [run.id for run in runs], PageState.STOPPED, why or OVER)


async def _open(session: AsyncSession, incident: Incident) -> Sequence[PagingRun]:
    mine = select(PagingRun).where(PagingRun.incident_id == incident.id, PagingRun.state.in_(ANSWERABLE))
    return (await session.scalars(mine.order_by(PagingRun.id))).all()


async def _end_pages(
    session: AsyncSession, run_ids: Collection[int], state: PageState, why: str, *, person: int | None = None
) -> None:
    """Settle what is open of some runs; the person's own pages are acknowledged."""
    await session.flush()
    moment = now(session)
    mine = select(Page).where(Page.run_id.in_(run_ids), Page.state.in_(OPEN_PAGES)).order_by(Page.id)
    for page in await session.scalars(mine):
        page.state, page.ended_at = state, moment
        if person is not None and page.user_id == person:
            page.state, page.acknowledged_at = PageState.ACKNOWLEDGED, moment
    theirs = select(Page.id).where(Page.run_id.in_(run_ids))
    waiting = update(PageAttempt).where(PageAttempt.page_id.in_(theirs), PageAttempt.state == DeliveryState.PENDING)
    await session.execute(waiting.values(state=DeliveryState.SUPPRESSED, error=why))


def _ends_with(run: PagingRun, page: Page) -> bool:
    return run.id == page.run_id or page.user_id in _named(run)


def _named(run: PagingRun) -> set[int]:
    """Everybody whom a run pages."""
    return {key for step in run.plan["steps"] for key in step["user_ids"]} | set(run.plan["last_resort"])
