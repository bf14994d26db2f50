"""What a person is needed for: nobody is erased who still is (ADR 0052)."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from auth.actor import Actor
from auth.visibility import visible_to
from models.incident import REFERENCE_PREFIX, Incident
from models.lifecycle import OPEN_STAGES
from models.paging.policy import EscalationPolicy, EscalationPolicyVersion, escalation_of
from models.paging.run import LIVE, OPEN_SQL, Page, PagingRun
from models.paging.words import TargetKind
from models.person import Team
from models.postmortem import ActionItem
from models.role import Role, RoleAssignment
from models.schedule.table import Schedule, ScheduleOverride, ScheduleVersion
from models.schedule.written import people_in
from models.task import Task
from models.words import ActionItemState, ActorKind, TaskState
from models.workflow import Workflow, WorkflowVersion

HIDDEN = "a private incident"
PEOPLE = ("user", "users")
"""Fields of a workflow's steps that hold keys of people (actions.workflows.steps)."""


async def uses_of(session: AsyncSession, actor: Actor, key: int) -> list[str]:
    """What a person is in use for, each in words that say where; empty if they can be done without.

    A private incident is named to its members only.
    """
    return [
        *await _on_incidents(session, actor, key),
        *await _items(session, actor, key),
        *await _paging(session, actor, key),
        *await _schedules(session, key),
        *await _policies(session, key),
        *[f"manager of the team {name}" for name in await _teams(session, key)],
        *[f"named in the workflow {name}" for name in await _workflows(session, key)],
    ]


async def _on_incidents(session: AsyncSession, actor: Actor, key: int) -> list[str]:
    seen = visible_to(actor).label("seen")
    roles = (
        select(Incident.id, Role.name, seen)
        .join(RoleAssignment, RoleAssignment.incident_id == Incident.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(RoleAssignment.user_id == key, RoleAssignment.relinquished_at.is_(None), Incident.stage.in_(OPEN_STAGES))
        .order_by(Incident.id, Role.name)
    )
    tasks = (
        select(Incident.id, Task.title, seen)
        .join(Task, Task.incident_id == Incident.id)
        .where(
            Task.state == TaskState.CLAIMED,
            Task.claimed_by_kind == ActorKind.USER,
            Task.claimed_by_id == key,
            Incident.stage.in_(OPEN_STAGES),
        )
        .order_by(Incident.id, Task.id)
    )
    found = [f"{row.name} of {_incident(row)}" for row in await session.execute(roles)]
    return found + [
        f"working on “{row.title}” of {_incident(row)}" if row.seen else f"working on a task of {HIDDEN}"
        for row in await session.execute(tasks)
    ]


async def _items(session: AsyncSession, actor: Actor, key: int) -> list[str]:
    visible: ColumnElement[bool] = Incident.id.is_(None) | visible_to(actor)
    undone = ActionItem.state.in_((ActionItemState.OPEN, ActionItemState.IN_PROGRESS))
    items = (
        select(ActionItem.title, visible.label("seen"))
        .outerjoin(Incident, Incident.id == ActionItem.incident_id)
        .where(ActionItem.assignee_id == key, undone)
        .order_by(ActionItem.id)
    )
    rows = await session.execute(items)
    return [f"assignee of “{row.title}”" if row.seen else f"assignee of an item of {HIDDEN}" for row in rows]


async def _paging(session: AsyncSession, actor: Actor, key: int) -> list[str]:
    """What they are being paged for. Whom a run would page later is no matter: it passes over who has left."""
    live = (
        select(Incident.id, (Incident.id.is_not(None) & visible_to(actor)).label("seen"))
        .select_from(Page)
        .join(PagingRun, PagingRun.id == Page.run_id)
        .outerjoin(Incident, Incident.id == PagingRun.incident_id)
        .where(Page.user_id == key, text(f"page.{OPEN_SQL}"), PagingRun.state.in_(LIVE))
        .order_by(Incident.id)
        .distinct()
    )
    rows = await session.execute(live)
    return [f"paged for {_incident(row) if row.id is not None else 'alerts'} now" for row in rows]


def _incident(row: Any) -> str:
    return f"{REFERENCE_PREFIX}{row.id}" if row.seen else HIDDEN


async def _schedules(session: AsyncSession, key: int) -> list[str]:
    """Those in which they stand or are to stand: by a version that holds or is to come, or instead of somebody."""
    moment = now(session)
    there = Schedule.archived_at.is_(None)
    versions = (
        select(Schedule.name, ScheduleVersion.schedule_id, ScheduleVersion.valid_from, ScheduleVersion.definition)
        .join(ScheduleVersion, ScheduleVersion.schedule_id == Schedule.id)
        .where(there, ScheduleVersion.superseded_at.is_(None))
        .order_by(ScheduleVersion.schedule_id, ScheduleVersion.valid_from)
    )
    rows = (await session.execute(versions)).all()
    found = []
    for row, after in zip_longest(rows, rows[1:]):
        over = after is not None and after.schedule_id == row.schedule_id and after.valid_from <= moment
        if not over and key in people_in(row.definition):
            found.append(f"in the schedule {row.name}")
    instead = (
        select(Schedule.name)
        .join(ScheduleOverride, ScheduleOverride.schedule_id == Schedule.id)
        .where(
            there,
            ScheduleOverride.user_id == key,
            ScheduleOverride.removed_at.is_(None),
            ScheduleOverride.ends_at > moment,
        )
        .order_by(Schedule.id)
    )
    found += [f"on call instead of others in the schedule {name}" for name in await session.scalars(instead)]
    return list(dict.fromkeys(found))


async def _policies(session: AsyncSession, key: int) -> list[str]:
    current = (
        select(EscalationPolicy.name, EscalationPolicyVersion.definition)
        .join(EscalationPolicyVersion, EscalationPolicyVersion.policy_id == EscalationPolicy.id)
        .where(EscalationPolicy.archived_at.is_(None), EscalationPolicyVersion.version == EscalationPolicy.version)
        .order_by(EscalationPolicy.id)
    )
    found = []
    for row in await session.execute(current):
        escalation = escalation_of(row.definition)
        targets = [*escalation.last_resort, *(each for step in escalation.steps for each in step.targets)]
        if any(each.kind is TargetKind.PERSON and each.key == key for each in targets):
            found.append(f"in the escalation policy {row.name}")
    return found


async def _teams(session: AsyncSession, key: int) -> list[str]:
    managed = select(Team.name).where(Team.manager_id == key, Team.archived_at.is_(None)).order_by(Team.id)
    return list(await session.scalars(managed))


async def _workflows(session: AsyncSession, key: int) -> list[str]:
    current = (
        select(Workflow.name, WorkflowVersion.definition)
        .join(WorkflowVersion, WorkflowVersion.id == Workflow.current_version_id)
        .where(Workflow.archived_at.is_(None))
        .order_by(Workflow.id)
    )
    return [row.name for row in await session.execute(current) if key in set(_people(row.definition))]


def _people(value: Any) -> Iterator[int]:
    """The keys of people that a workflow's definition names."""
    if isinstance(value, dict):
        for name, held in value.items():
            if name in PEOPLE:
                yield from (each for each in (held if isinstance(held, list) else [held]) if isinstance(each, int))
            else:
                yield from _people(held)
    elif isinstance(value, list):
        for each in value:
            yield from _people(each)
