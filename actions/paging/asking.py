"""Taking the next step of a run: who is paged, by which ways, and what follows when nobody answers."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.paging.reach import reachable
from actions.paging.ways import ways_to
from actions.record import enqueue, now, record
from auth.actor import SYSTEM, Actor
from models.facts.paging import PageAsked, PageUnanswered
from models.incident import Incident
from models.job import JobName
from models.paging.run import Page, PageAttempt, PagingRun
from models.paging.words import PageState, PagingState, Urgency
from models.words import DeliveryState

DEDUPE = timedelta(seconds=60)
"""Within so long nobody is paged twice for an incident: by two policies, or by a message of unknown fate."""
LAST_RESORT = 0
"""The step of pages that go out when all steps were taken in vain."""
OPEN_PAGES = (PageState.ASKED, PageState.SENT, PageState.DELIVERED)


async def take_step(session: AsyncSession, incident: Incident | None, run: PagingRun, actor: Actor = SYSTEM) -> None:
    """Page whom the next step names; steps that reach nobody are passed over. After the last one: the last resort.

    The incident is locked, or of alerts alone (None) the run; the run is live.
    """
    steps = run.plan["steps"]
    run.state, run.begun_at = PagingState.RUNNING, run.begun_at or now(session)
    while True:
        if run.step >= len(steps):
            if run.round >= run.plan["repeat"]:
                return await _give_up(session, incident, run)
            run.step, run.round = 0, run.round + 1
        step = steps[run.step]
        run.step += 1
        people = await reachable(session, incident, step["user_ids"])
        if people:
            await _ask(session, incident, run, people, run.step, actor)
            run.next_escalation_at = now(session) + timedelta(minutes=step["after_minutes"])
            return None


async def _give_up(session: AsyncSession, incident: Incident | None, run: PagingRun) -> None:
    """Nobody answered: say so, and page the last resort, which may answer still."""
    run.state, run.next_escalation_at = PagingState.UNANSWERED, None
    asked = await session.scalar(select(func.count()).select_from(Page).where(Page.run_id == run.id))
    record(session, SYSTEM, PageUnanswered(run_id=run.id, pages=asked or 0), incident=incident)
    people = await reachable(session, incident, run.plan["last_resort"])
    if people:
        await _ask(session, incident, run, people, LAST_RESORT, SYSTEM)


async def _ask(
    session: AsyncSession, incident: Incident | None, run: PagingRun, people: Sequence[int], step: int, actor: Actor
) -> None:
    """Write the pages of a step and the ways of each, and have sent what is due."""
    moment = now(session)
    same = Page.incident_id == incident.id if incident is not None else Page.run_id == run.id
    just_now = select(Page.user_id).where(same, Page.state.in_(OPEN_PAGES), Page.created_at > moment - DEDUPE)
    asked = set(await session.scalars(just_now))
    new = [key for key in people if key not in asked]
    if not new:
        return
    urgency = Urgency(run.plan["urgency"])
    ways = await ways_to(session, new, urgency, moment, through_quiet=run.plan["through_quiet"])
    pages = [
        Page(
            run_id=run.id,
            incident_id=run.incident_id,
            user_id=person,
            round=run.round,
            step=step,
            state=PageState.ASKED,
            created_at=moment,
        )
        for person in new
    ]
    session.add_all(pages)
    await session.flush()
    attempts = [
        PageAttempt(
            page_id=page.id,
            position=position,
            way=way.way,
            method_id=way.method_id,
            state=DeliveryState.PENDING,
            due_at=way.due_at,
            queued_at=moment if way.due_at <= moment else None,
        )
        for page in pages
        for position, way in enumerate(ways[page.user_id])
    ]
    session.add_all(attempts)
    await session.flush()
    for attempt in attempts:
        if attempt.queued_at is not None:
            enqueue(session, JobName.PAGE_SEND, attempt_id=attempt.id)
    record(session, actor, PageAsked(run_id=run.id, step=step, round=run.round, user_ids=new), incident=incident)
