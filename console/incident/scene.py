"""What an incident's page shows of it, save its timeline: read once in a snapshot, by the resolvers of the API."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.errors import not_found
from core.ids import encode
from core.kept import KEY
from models.alert import Alert
from models.incident import Incident
from models.person import User
from models.postmortem import Postmortem
from models.role import Role
from models.runbook import OpenedRunbook, Runbook
from models.service import Service
from models.severity import SeverityVersion
from models.task import Task
from models.words import ActorKind, AlertState, TaskState
from resolvers import alerts, catalogue, incidents, people, rights, roles, runbooks, work
from resolvers.context import Context
from resolvers.people import Who
from resolvers.rows import by_key

MOST_TASKS = 100
SHOWN_ALERTS = 8
COUNTED = select(Alert.state, func.count().label("number")).where(Alert.incident_id == KEY).group_by(Alert.state)


@dataclass(frozen=True, slots=True)
class Part:
    """A role in the incident: who plays it, since when, and whether the severity demands it."""

    role: Role
    holder: User | None
    since: datetime | None
    demanded: bool


@dataclass(frozen=True, slots=True)
class Job:
    """A task and who has claimed it."""

    task: Task
    holder: str | None
    mine: bool

    @property
    def id(self) -> str:
        """The task as the API calls it."""
        return encode("Task", self.task.id)


@dataclass(frozen=True, slots=True)
class Alarms:
    """The newest alerts of the incident, and how many there are in each state."""

    newest: list[Alert]
    counts: dict[AlertState, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """An incident with what hangs on it, as its viewer may see it."""

    incident: Incident
    severity: SeverityVersion | None
    services: list[Service]
    parts: list[Part]
    jobs: list[Job]
    alarms: Alarms
    opened: list[OpenedRunbook]
    fitting: list[Runbook]
    postmortem: Postmortem | None
    merged_into: Incident | None
    merged_from: list[Incident]
    can: frozenset[str]
    """The mutations that the viewer may carry out on it now, by name."""

    @property
    def vacant(self) -> list[Part]:
        """The roles that the severity demands and nobody holds."""
        return [part for part in self.parts if part.demanded and part.holder is None]

    @property
    def undone(self) -> list[Job]:
        """The tasks that are still to be done."""
        return [job for job in self.jobs if job.task.state in (TaskState.OPEN, TaskState.CLAIMED)]


async def find(ctx: Context, reference: str) -> Incident:
    """The incident behind a reference. NOT_FOUND also for one that the viewer may not see."""
    found = await incidents.incident(ctx, ref=reference)
    if found is None:
        raise not_found("incident", "incident", reference)
    return found


async def read_scene(ctx: Context, incident: Incident) -> Scene:
    """All of it, in a number of statements that does not depend on how much there is."""
    one = [incident]
    [severity] = await incidents.severities(ctx, one)
    [services] = await incidents.services(ctx, one)
    [tasks] = await work.tasks(ctx, one, first=MOST_TASKS)
    [opened] = await runbooks.opened_of(ctx, one)
    [fitting] = await runbooks.fitting_of(ctx, one)
    [postmortem] = await incidents.postmortems(ctx, one)
    [merged_into] = await incidents.merged_into(ctx, one)
    [merged_from] = await incidents.merged_from(ctx, one)
    [can] = await rights.allowed_actions(ctx, one)
    return Scene(
        incident=incident,
        severity=severity,
        services=services,
        parts=await _parts(ctx, incident),
        jobs=await _jobs(ctx, tasks.nodes),
        alarms=await _alarms(ctx, incident),
        opened=opened,
        fitting=[each for each in fitting if each.id not in {done.runbook_id for done in opened}],
        postmortem=postmortem,
        merged_into=merged_into,
        merged_from=merged_from,
        can=frozenset(can),
    )


async def _parts(ctx: Context, incident: Incident) -> list[Part]:
    """Every role in use, and those that are still held: the usual four first."""
    [held] = await roles.roles(ctx, [incident])
    [vacant] = await roles.vacancies(ctx, [incident], [held])
    holders = await by_key(ctx, User, (each.user_id for each in held))
    by_role = {each.role_id: each for each in held}
    demanded = {role.id for role in vacant}
    known = [role for role in await catalogue.roles(ctx) if not role.archived or role.id in by_role]
    return [
        Part(
            role,
            holders.get(by_role[role.id].user_id) if role.id in by_role else None,
            by_role[role.id].assumed_at if role.id in by_role else None,
            role.id in demanded,
        )
        for role in known
    ]


async def _jobs(ctx: Context, tasks: list[Task]) -> list[Job]:
    """The tasks, those that are free or under way first, in the order in which they were added."""
    claimed = [task for task in tasks if task.claimed_by_kind is not None]
    names = await people.names(
        ctx, [Who(task.claimed_by_kind or ActorKind.USER, task.claimed_by_id) for task in claimed]
    )
    called = {task.id: name for task, name in zip(claimed, names, strict=True)}
    own = (ctx.actor.kind, ctx.actor.id)
    found = [
        Job(task, called.get(task.id), (task.claimed_by_kind, task.claimed_by_id) == own)
        for task in tasks
        if task.state is not TaskState.DROPPED
    ]
    return sorted(found, key=lambda job: job.task.state is TaskState.DONE)


async def _alarms(ctx: Context, incident: Incident) -> Alarms:
    [newest] = await alerts.alerts_of_incidents(ctx, [incident], last=SHOWN_ALERTS)
    counts = {row.state: row.number for row in await ctx.reader.execute(COUNTED, {"key": incident.id})}
    return Alarms(newest.nodes[::-1], counts)
