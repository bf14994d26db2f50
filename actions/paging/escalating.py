"""Not waiting for an answer: the next step is taken at once."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.outward.paging import refuse_paging
from actions.paging.starting import go_on
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.incident import Incident
from models.paging.run import LIVE, PagingRun


async def escalate_now(session: AsyncSession, actor: Actor, *, incident: str) -> Incident:
    """Take the next step of all that pages for an incident; what waits for business hours begins.

    CONFLICT if nothing pages: it was answered, or nobody was left to page.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ESCALATE_NOW, incident)
    refuse_paging(target)
    live = select(PagingRun).where(PagingRun.incident_id == target.id, PagingRun.state.in_(LIVE))
    runs = (await session.scalars(live.order_by(PagingRun.id))).all()
    if not runs:
        raise conflict(
            f"Nothing pages for {target.reference}.", field="incident", hint="pageSomebody pages people, or a policy."
        )
    for run in runs:
        await go_on(session, target, run, actor)
    return target
