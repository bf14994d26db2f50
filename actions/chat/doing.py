"""What is asked for in a chat, done by the actions that the API calls, under the same permissions."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.answering import answer
from actions.chat.on_call import on_call
from actions.chat.places import meant, seen
from actions.chat.telling import severity_name, status
from actions.chat.wishes import Answer, Verb, Wish
from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.outward.order import order
from actions.paging.naming import page_somebody, policy_for
from actions.reports import acknowledge_incident
from actions.roles import assign_role, relinquish_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from actions.updates import publish_update
from auth.actor import Actor
from auth.permission import Permission, require
from core import ids
from core.errors import invalid
from models.integration import Integration
from models.person import User
from models.role import Role
from models.task import Task
from models.words import ActorKind, Audience, IncidentKind, OutwardVerb, Stage, TaskState, Visibility

Do = Callable[[AsyncSession, Actor, Wish, str | None], Awaitable[Answer]]

TASK_ACTIONS = {"claim": claim_task, "release": release_task, "done": complete_task, "drop": drop_task}
TASK_WORDS = {"claim": "claimed", "release": "released", "done": "completed", "drop": "dropped"}
MOST_TASKS = 30
"""Tasks that are listed in an answer."""


async def grant(
    session: AsyncSession, actor: Actor, wish: Wish, *, here: str | None, integration_id: int | None = None
) -> Answer:
    """Do what somebody wishes, and say what became of it. `here`: the incident whose channel they are in.

    What the actions refuse is refused here in the same words. `integration_id`: the chat in which a declared incident
    gets its channel.
    """
    require(actor, Permission.READ)
    said = await DOES[wish.verb](session, actor, wish, here)
    if wish.verb is Verb.DECLARE and said.incident is not None and integration_id is not None:
        chat = await session.get_one(Integration, integration_id, with_for_update=True)
        if not chat.archived:
            await order(session, said.incident, OutwardVerb.OPEN_CHANNEL, chat, name="channel")
    return said


async def _declare(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    given = wish.given
    known = wish.incident or (here if not given["title"] else None)
    made = await declare_incident(
        session,
        actor,
        severity=given["severity"],
        incident=known,
        title=given["title"],
        summary=given.get("summary"),
        services=given["services"],
        kind=IncidentKind.DRILL if given["drill"] else IncidentKind.REAL,
        visibility=Visibility.PRIVATE if given["private"] else Visibility.ORGANISATION,
    )
    named = await severity_name(session, made)
    kind = "the drill " if made.kind is IncidentKind.DRILL else ""
    said = f"{actor.name} declared {kind}{made.reference} as {named}: {made.title}"
    return Answer(said, made, shared=known is not None and known == here)


async def _acknowledge(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    found = await acknowledge_incident(session, actor, incident=meant(wish, here))
    return Answer(f"{actor.name} acknowledged {found.reference}.", found, shared=True)


async def _update(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    target = await seen(session, actor, meant(wish, here))
    update = await publish_update(session, actor, incident=target.reference, **wish.given)
    whom = "customers" if update.audience is Audience.PUBLIC else "stakeholders"
    status_word = f" ({update.status.capitalize()})" if update.status else ""
    return Answer(f"{actor.name} told {whom} of {target.reference}{status_word}: {update.body}", target, shared=True)


async def _role(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    role, user = wish.given["role"], wish.given["user"]
    where = meant(wish, here)
    if not user:
        found = await relinquish_role(session, actor, incident=where, role=role)
        return Answer(f"Nobody is {await _role_name(session, role)} of {found.reference} any more.", found, shared=True)
    if user == "me":
        user = _self(actor)
    found = await assign_role(session, actor, incident=where, role=role, user=user)
    person = await session.get_one(User, ids.decode_as("User", user, "user"))
    return Answer(f"{person.name} is {await _role_name(session, role)} of {found.reference}.", found, shared=True)


def _self(actor: Actor) -> str:
    if actor.user_id is None:
        raise invalid("user", "Only people take roles.", "Name somebody.")
    return ids.encode("User", actor.user_id)


async def _role_name(session: AsyncSession, key: str) -> str:
    return await session.scalar(select(Role.name).where(Role.key == key)) or key


async def _severity(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    found = await change_severity(session, actor, incident=meant(wish, here), **wish.given)
    return Answer(f"{found.reference} is {await severity_name(session, found)}.", found, shared=True)


async def _stage(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    found = await change_stage(session, actor, incident=meant(wish, here), **wish.given)
    return Answer(f"{found.reference} is in {found.stage.capitalize()}.", found, shared=True)


async def _resolve(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    found = await change_stage(
        session, actor, incident=meant(wish, here), stage=Stage.RESOLUTION, note=wish.given["note"]
    )
    owed = " Customers still read that it is not: a final public update is owed." if found.final_update_owed else ""
    return Answer(f"{actor.name} resolved {found.reference}.{owed}", found, shared=True)


async def _note(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    target = await seen(session, actor, meant(wish, here))
    await add_entry(session, actor, incident=target.reference, **wish.given)
    return Answer(f"It stands on the timeline of {target.reference}.", target)


async def _task(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    target = await seen(session, actor, meant(wish, here))
    do = wish.given["do"]
    if do == "add":
        task = await add_task(session, actor, incident=target.reference, title=wish.given["title"])
        number = len(await _tasks(session, target.id))
        return Answer(f"{actor.name} added task {number} of {target.reference}: {task.title}", target, shared=True)
    tasks = await _tasks(session, target.id)
    if do == "list":
        holders = await _holders(session, tasks)
        lines = [f"{n}. {task.title} ({holders[task.id]})" for n, task in enumerate(tasks, 1)][-MOST_TASKS:]
        return Answer("\n".join([f"Tasks of {target.reference}:", *lines] if lines else ["No tasks yet."]), target)
    number = wish.given["number"]
    if not 0 < number <= len(tasks):
        raise invalid("task", f"{target.reference} has no task {number}.", "“task list” shows their numbers.")
    task = await TASK_ACTIONS[do](session, actor, task=ids.encode("Task", tasks[number - 1].id))
    said = f"{actor.name} {TASK_WORDS[do]} task {number} of {target.reference}: {task.title}"
    return Answer(said, target, shared=True)


async def _tasks(session: AsyncSession, incident_id: int) -> list[Task]:
    """The tasks of an incident in the order in which they were added: their places are their numbers."""
    return list(await session.scalars(select(Task).where(Task.incident_id == incident_id).order_by(Task.id)))


async def _holders(session: AsyncSession, tasks: list[Task]) -> dict[int, str]:
    """Where each task stands, in words, by its key."""
    keys = {task.claimed_by_id for task in tasks if task.claimed_by_kind is ActorKind.USER}
    names = {row.id: row.name for row in await session.execute(select(User.id, User.name).where(User.id.in_(keys)))}
    return {
        task.id: f"{names.get(task.claimed_by_id or 0, 'a script')} is at it"
        if task.state is TaskState.CLAIMED
        else task.state.lower()
        for task in tasks
    }


async def _page(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    where, user, service = meant(wish, here), wish.given["user"], wish.given["service"]
    if user is not None:
        user = _self(actor) if user == "me" else user
        found = await page_somebody(session, actor, incident=where, users=[user], reason=wish.given["reason"])
        person = await session.get_one(User, ids.decode_as("User", user, "user"))
        return Answer(f"{actor.name} had {person.name} paged for {found.reference}.", found, shared=True)
    found = await page_somebody(session, actor, incident=where, service=service, reason=wish.given["reason"])
    policy = await policy_for(session, service)
    said = f"{actor.name} had whoever is on call for {service} paged for {found.reference}, by {policy.name}."
    return Answer(said, found, shared=True)


async def _status(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    return await status(session, actor, wish.incident or here)


async def _on_call(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    return await on_call(session, actor, wish.given["service"], wish.incident or here)


DOES: dict[Verb, Do] = {
    Verb.DECLARE: _declare,
    Verb.ACKNOWLEDGE: _acknowledge,
    Verb.UPDATE: _update,
    Verb.ROLE: _role,
    Verb.SEVERITY: _severity,
    Verb.STAGE: _stage,
    Verb.RESOLVE: _resolve,
    Verb.TASK: _task,
    Verb.NOTE: _note,
    Verb.STATUS: _status,
    Verb.PAGE: _page,
    Verb.ANSWER: answer,
    Verb.ONCALL: _on_call,
}
"""What each verb does. HELP is the doorway's own: only that knows how a wish is written there."""
