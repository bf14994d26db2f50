"""What an incident's page shows of it, save its timeline: read once in a snapshot, by the resolvers of the API."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from actions.catalogue.dependencies import upstream_of
from auth.visibility import visible_to
from core.errors import not_found
from core.ids import encode
from core.kept import KEY, with_key
from models.alert import Alert
from models.change import Change
from models.incident import Incident, IncidentService
from models.lifecycle import OPEN_STAGES
from models.person import User
from models.postmortem import Postmortem
from models.role import Role, RoleAssignment
from models.runbook import OpenedRunbook, Runbook
from models.service import Service
from models.severity import SeverityVersion
from models.task import Task
from models.words import ActorKind, AlertState, IncidentKind, TaskState
from resolvers import alerts, catalogue, changes, incidents, people, rights, roles, runbooks, work
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
class Need:
    """A service that those of the incident depend on, and the newest incident that is open there, if one is."""

    name: str
    reference: str | None
    severity: str | None


@dataclass(frozen=True, slots=True)
class Scene:
    """An incident with what hangs on it, as its viewer may see it."""

    incident: Incident
    severity: SeverityVersion | None
    severities: list[SeverityVersion]
    """Those in use, the worst first."""
    services: list[Service]
    upstream: list[Need]
    """What these depend on, the nearest first, with the incidents that are open there."""
    parts: list[Part]
    jobs: list[Job]
    alarms: Alarms
    changes: list[Change]
    """What changed in its services around its beginning, the newest first."""
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
    severities = await catalogue.severities(ctx)
    severity = await _severity(ctx, incident, severities)
    [services] = await incidents.services(ctx, one)
    [tasks] = await work.tasks(ctx, one, first=MOST_TASKS)
    [opened] = await runbooks.opened_of(ctx, one)
    [fitting] = await runbooks.fitting_of(ctx, one)
    [postmortem] = await incidents.postmortems(ctx, one)
    [merged_into] = await incidents.merged_into(ctx, one)
    [merged_from] = await incidents.merged_from(ctx, one)
    [held] = await roles.roles(ctx, one)
    known = {role.id: role for role in await catalogue.roles(ctx)}
    own = [known[each.role_id].key for each in held if each.user_id == ctx.actor.user_id]
    [can] = await rights.allowed_to(ctx, one, {incident.id: own})
    return Scene(
        incident=incident,
        severity=severity,
        severities=[each for each in severities if not each.archived],
        services=services,
        upstream=await _upstream(ctx, services),
        parts=await _parts(ctx, incident, severity, known, held),
        jobs=await _jobs(ctx, tasks.nodes),
        alarms=await _alarms(ctx, incident),
        changes=(await changes.recent_changes(ctx, one))[0] if services else [],
        opened=opened,
        fitting=[each for each in fitting if each.id not in {done.runbook_id for done in opened}],
        postmortem=postmortem,
        merged_into=merged_into,
        merged_from=merged_from,
        can=frozenset(can),
    )


async def _upstream(ctx: Context, services: list[Service]) -> list[Need]:
    """What services depend on, the nearest first; only incidents that the viewer may see are told."""
    own = {service.id for service in services}
    told = await upstream_of(ctx.reader, own)
    steps: dict[int, int] = {}
    for levels in told.values():
        for step, level in enumerate(levels):
            steps |= {key: min(step, steps.get(key, step)) for key in level if key not in own}
    if not steps:
        return []
    newest = (
        select(IncidentService.service_id, Incident.id, SeverityVersion.name)
        .ext(distinct_on(IncidentService.service_id))
        .join(Incident, Incident.id == IncidentService.incident_id)
        .outerjoin(SeverityVersion, SeverityVersion.id == Incident.severity_version_id)
        .where(
            IncidentService.service_id.in_(steps),
            Incident.stage.in_(OPEN_STAGES),
            Incident.kind == IncidentKind.REAL,
            visible_to(ctx.actor),
        )
        .order_by(IncidentService.service_id, Incident.id.desc())
    )
    there = {row.service_id: row for row in await ctx.reader.execute(newest)}
    named = await by_key(ctx, Service, steps)
    found = [(key in there, step, named[key].name, there.get(key)) for key, step in steps.items()]
    found.sort(key=lambda each: (not each[0], each[1], each[2].lower()))
    return [Need(name, f"INC-{row.id}" if row else None, row.name if row else None) for _, _, name, row in found]


async def _severity(ctx: Context, incident: Incident, now: list[SeverityVersion]) -> SeverityVersion | None:
    """The severity in the version that the incident was given, which mostly is that of now."""
    given = next((each for each in now if each.id == incident.severity_version_id), None)
    return given or (await incidents.severities(ctx, [incident]))[0]


async def _parts(
    ctx: Context,
    incident: Incident,
    severity: SeverityVersion | None,
    known: dict[int, Role],
    held: list[RoleAssignment],
) -> list[Part]:
    """Every role in use, and those that are still held: the usual four first."""
    holders = await by_key(ctx, User, (each.user_id for each in held))
    by_role = {each.role_id: each for each in held}
    demanded = {role.id for role in roles.vacant(incident, severity, known, held)}
    return [
        Part(
            role,
            holders.get(by_role[role.id].user_id) if role.id in by_role else None,
            by_role[role.id].assumed_at if role.id in by_role else None,
            role.id in demanded,
        )
        for role in known.values()
        if not role.archived or role.id in by_role
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
    counts = {row.state: row.number for row in await ctx.reader.execute(COUNTED, with_key(incident.id))}
    if not counts:
        return Alarms([], counts)
    [newest] = await alerts.alerts_of_incidents(ctx, [incident], last=SHOWN_ALERTS)
    return Alarms(newest.nodes[::-1], counts)
