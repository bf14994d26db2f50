"""Tasks of an incident: each is done by exactly one, so that effort is not duplicated.

`user` is the person on whose behalf something is done; for another person than oneself that needs the permission to
assign. Whatever is so already is no change and makes no event.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed, require_on
from actions.bound import find_bound
from actions.find import find_user
from actions.record import now, record
from actions.transitions import refuse_ended
from auth.actor import Actor, of_person
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import DomainError, conflict
from models.access import ServiceAccount
from models.facts.response import TaskAdded, TaskClaimed, TaskCompleted, TaskDropped, TaskReleased
from models.incident import Incident, IncidentMember
from models.person import User
from models.task import Task
from models.words import ActorKind, TaskState


async def add_task(session: AsyncSession, actor: Actor, *, incident: str, title: str) -> Task:
    """Note that something is to be done, by anyone. CONFLICT once nobody works on the incident any more."""
    require(actor, Permission.READ)
    what = check.text(title, "title", limit=check.TITLE)
    target = await find_allowed(session, actor, Act.ADD_TASK, incident)
    refuse_ended(target)
    return await put_task(session, actor, target, what)


async def put_task(session: AsyncSession, actor: Actor, incident: Incident, title: str) -> Task:
    """Put a task on an incident that is locked, for whoever was allowed to."""
    task = Task(incident_id=incident.id, title=title, state=TaskState.OPEN, created_at=now(session))
    session.add(task)
    await session.flush()
    record(session, actor, TaskAdded(task_id=task.id, title=title), incident=incident)
    return task


async def claim_task(session: AsyncSession, actor: Actor, *, task: str, user: str | None = None) -> Task:
    """Say that one does it. CONFLICT names the holder, and since when, if somebody else does; also if it is over."""
    found, incident = await _find(session, actor, Act.CLAIM_TASK, task)
    doer = await _doer(session, actor, incident, user)
    refuse_ended(incident, "task")
    _refuse_over(found)
    await _refuse_held(session, found, doer)
    if found.state is TaskState.OPEN:
        _hold(found, doer, now(session))
        fact = TaskClaimed(task_id=found.id, title=found.title, user_id=_other(actor, doer))
        record(session, actor, fact, incident=incident)
    return found


async def release_task(session: AsyncSession, actor: Actor, *, task: str, user: str | None = None) -> Task:
    """Let somebody else do it. CONFLICT if another holds it, or it is over."""
    found, incident = await _find(session, actor, Act.RELEASE_TASK, task)
    doer = await _doer(session, actor, incident, user)
    _refuse_over(found)
    await _refuse_held(session, found, doer)
    if found.state is TaskState.CLAIMED:
        found.state = TaskState.OPEN
        found.claimed_by_kind = found.claimed_by_id = found.claimed_at = None
        fact = TaskReleased(task_id=found.id, title=found.title, user_id=_other(actor, doer))
        record(session, actor, fact, incident=incident)
    return found


async def complete_task(session: AsyncSession, actor: Actor, *, task: str, user: str | None = None) -> Task:
    """Say that it is done. One that nobody held was done by whoever says so. CONFLICT if another holds it."""
    found, incident = await _find(session, actor, Act.COMPLETE_TASK, task)
    doer = await _doer(session, actor, incident, user)
    if found.state is TaskState.DONE:
        return found
    _refuse_over(found)
    await _refuse_held(session, found, doer)
    moment = now(session)
    if found.state is TaskState.OPEN:
        _hold(found, doer, moment)
    found.state, found.done_at = TaskState.DONE, moment
    fact = TaskCompleted(task_id=found.id, title=found.title, user_id=_other(actor, doer))
    record(session, actor, fact, incident=incident)
    return found


async def drop_task(session: AsyncSession, actor: Actor, *, task: str, user: str | None = None) -> Task:
    """Say that it need not be done. CONFLICT if another holds it: nobody works on for nothing."""
    found, incident = await _find(session, actor, Act.DROP_TASK, task)
    doer = await _doer(session, actor, incident, user)
    if found.state is TaskState.DROPPED:
        return found
    _refuse_over(found)
    await _refuse_held(session, found, doer)
    found.state = TaskState.DROPPED
    record(session, actor, TaskDropped(task_id=found.id, title=found.title), incident=incident)
    return found


async def _find(session: AsyncSession, actor: Actor, act: Act, reference: str) -> tuple[Task, Incident]:
    """A task and its incident, both locked, for an actor who may do this there."""
    require(actor, Permission.READ)
    visible = exists(select(1).where(Incident.id == Task.incident_id, visible_to(actor)))
    found = await find_bound(session, actor, Task, reference, visible, noun="task")
    if found.incident is None:
        raise RuntimeError("a task without an incident")  # its column allows none
    await require_on(session, actor, NEEDS[act].permission, found.incident)
    return found.row, found.incident


async def _doer(session: AsyncSession, actor: Actor, incident: Incident, user: str | None) -> Actor:
    """Who does it: the actor, or the person on whose behalf they act. CONFLICT if that one can't see it."""
    if user is None:
        return actor
    person = await find_user(session, user)
    if person.id == actor.user_id:
        return actor
    await require_on(session, actor, Permission.ASSIGN, incident)
    member = exists(select(1).where(IncidentMember.incident_id == incident.id, IncidentMember.user_id == person.id))
    if incident.private and not await session.scalar(select(member)):
        raise conflict(
            f"{person.name} is no member of {incident.reference}, which is private.",
            field="user",
            hint="Add them as a member first.",
        )
    return of_person(person)


def _other(actor: Actor, doer: Actor) -> int | None:
    """The person on whose behalf the actor acts; None for themselves."""
    return doer.user_id if doer is not actor else None


def _hold(task: Task, doer: Actor, moment: datetime) -> None:
    """Give a task to somebody."""
    task.state, task.claimed_at = TaskState.CLAIMED, moment
    task.claimed_by_kind, task.claimed_by_id = doer.kind, doer.id


def _refuse_over(task: Task) -> None:
    """CONFLICT for a task that is done or dropped."""
    if task.state in (TaskState.DONE, TaskState.DROPPED):
        raise conflict(f"This task is {task.state.lower()}.", field="task", hint="Add another task instead.")


async def _refuse_held(session: AsyncSession, task: Task, doer: Actor) -> None:
    """CONFLICT for a task that somebody else holds."""
    if task.state is not TaskState.CLAIMED or (task.claimed_by_kind, task.claimed_by_id) == (doer.kind, doer.id):
        return
    raise await _held(session, task)


async def _held(session: AsyncSession, task: Task) -> DomainError:
    """The refusal that names the holder and says since when."""
    name = "Muster"
    if task.claimed_by_kind is ActorKind.USER:
        name = (await session.get_one(User, task.claimed_by_id)).name
    elif task.claimed_by_kind is ActorKind.SERVICE_ACCOUNT:
        name = (await session.get_one(ServiceAccount, task.claimed_by_id)).name
    since = _ago(now(session), task.claimed_at) if task.claimed_at else "before"
    return conflict(
        f"{name} claimed this {since}.",
        field="task",
        hint="Choose another task, or have them release it; managers can act on their behalf with `user`.",
    )


def _ago(present: datetime, moment: datetime) -> str:
    """How long ago something was, in the largest whole unit: `4 s ago`."""
    seconds = max(0, int((present - moment).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
