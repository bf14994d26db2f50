"""What is told in a chat of how things stand: an incident, or those that are open."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.places import seen
from actions.chat.wishes import Answer
from auth.actor import Actor
from auth.visibility import visible_to
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.person import User
from models.role import Role, RoleAssignment
from models.severity import SeverityVersion
from models.task import Task
from models.words import TaskState

MOST = 10
"""Incidents that an answer lists."""


async def status(session: AsyncSession, actor: Actor, reference: str | None) -> Answer:
    """How an incident stands; without one, which are open. Only what the actor may see. NOT_FOUND."""
    if reference is None:
        return Answer(await _open_ones(session, actor))
    found = await seen(session, actor, reference)
    holders = await session.execute(
        select(Role.name, User.name.label("user"))
        .join(RoleAssignment, RoleAssignment.role_id == Role.id)
        .join(User, User.id == RoleAssignment.user_id)
        .where(RoleAssignment.incident_id == found.id, RoleAssignment.relinquished_at.is_(None))
        .order_by(Role.id)
    )
    undone = await session.scalar(
        select(func.count(Task.id)).where(
            Task.incident_id == found.id, Task.state.in_([TaskState.OPEN, TaskState.CLAIMED])
        )
    )
    roles = [f"{row.name}: {row.user}" for row in holders] or ["Nobody holds a role yet."]
    head = f"{found.reference}: {found.title}"
    to_do = f"{undone} {'task' if undone == 1 else 'tasks'} to do"
    facts = f"{await severity_name(session, found)} · {found.stage.capitalize()} · {to_do}"
    return Answer("\n".join([head, facts, *roles]), found)


async def _open_ones(session: AsyncSession, actor: Actor) -> str:
    query = select(Incident).where(Incident.stage.in_(OPEN_STAGES), visible_to(actor)).order_by(Incident.id.desc())
    found = list(await session.scalars(query.limit(MOST + 1)))
    if not found:
        return "No incident is open."
    lines = [f"{each.reference}: {each.title} ({each.stage.capitalize()})" for each in found[:MOST]]
    return "\n".join(lines if len(found) <= MOST else [*lines, "… and more."])


async def severity_name(session: AsyncSession, incident: Incident) -> str:
    """What an incident's severity is called."""
    if incident.severity_version_id is None:
        return "no severity yet"
    return (await session.get_one(SeverityVersion, incident.severity_version_id)).name
