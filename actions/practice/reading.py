"""Reading what checks look at, for many incidents at once: one statement for each kind of thing, never one an incident.

At a place in the feed: events up to there, and the kept tables as they were then (actions.metrics.tables).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by

from actions.metrics.tables import Tables
from actions.practice.calls import among, read_calls
from core.db import Reader
from models.event import Event
from models.postmortem import ActionItem
from models.practice.course import Course, Holding, Item, Said, Step
from models.role import SCRIBE, Role, RoleAssignment
from models.severity import SeverityVersion
from models.update import Update
from models.words import ActionItemState, ActorKind, Audience, IncidentKind, Stage, Visibility

STEPS: dict[str, tuple[str, ...]] = {
    "roles_filled": ("role.assigned", "reminder.roles_unfilled"),
    "severity_at_declaration": ("incident.acknowledged", "incident.declared"),
    "commander_not_fixing": ("role.assigned", "task.claimed"),
    "timeline_by_scribe": (),
    "mitigated_before_resolved": ("incident.stage_changed",),
    "runbook_linked": ("runbook.opened",),
    "first_internal_update": ("update.published", "reminder.update_overdue"),
    "first_public_update": ("update.published", "reminder.update_overdue"),
    "promises_kept": ("update.published", "reminder.update_overdue"),
    "postmortem_in_time": ("incident.stage_changed", "postmortem.published", "postmortem.reminded"),
    "blameless": (
        "incident.stage_changed",
        "postmortem.published",
        "postmortem.edited",
        "postmortem.suggestion_decided",
    ),
    "action_items_owned": ("incident.stage_changed", "postmortem.published"),
    "action_items_done": (),
    "drills_held": ("incident.declared",),
    "alert_noise": ("incident.reported", "incident.declared", "incident.declined"),
    "on_call_load": (),
}
"""The events that each check looks at."""

ABOUT = ("role_id", "severity_version_id", "to_stage", "update_id", "blaming")
"""Fields of facts of which no event has two."""
ROLES = {"roles_filled", "commander_not_fixing", "timeline_by_scribe"}
SAID = {"first_internal_update", "first_public_update", "promises_kept"}
SHOWN = 20
"""Events that are named, at most."""
ITEMS = {"action_items_owned", "action_items_done"}


async def read_courses(
    reader: Reader, tables: Tables, rows: Sequence[Any], moment: datetime, checks: Collection[str]
) -> list[Course]:
    """What these checks need to know of some incidents, whose rows have the columns that metrics read."""
    versions = await _versions(reader, {row.severity_version_id for row in rows} - {None})
    roles = {key: role for key, role in await reader.execute(select(Role.id, Role.key))}  # noqa: C416 (rows)
    scribe = next((key for key, role in roles.items() if role == SCRIBE), None)
    courses = {row.id: _course(row, versions, moment, scribe) for row in rows}
    wanted = set(checks)
    if courses:
        await _add_steps(reader, tables, courses, wanted)
        if wanted & ROLES:
            await _add_holdings(reader, tables, courses, roles, scribe if "timeline_by_scribe" in wanted else None)
        if wanted & SAID:
            await _add_said(reader, tables, courses)
        if wanted & ITEMS:
            await _add_items(reader, tables, courses)
        if "on_call_load" in wanted:
            await _add_calls(reader, tables, courses)
    return list(courses.values())


async def _versions(reader: Reader, keys: set[int]) -> dict[int, Any]:
    rows = await reader.rows(SeverityVersion, select(SeverityVersion).where(among(SeverityVersion.id, keys)))
    return {row.id: row.obligations for row in rows}


def _course(row: Any, versions: dict[int, Any], moment: datetime, scribe: int | None) -> Course:
    return Course(
        id=row.id,
        kind=IncidentKind(row.kind),
        stage=Stage(row.stage),
        visibility=Visibility(row.visibility),
        detected_at=row.detected_at,
        acknowledged_at=row.acknowledged_at,
        declared_at=row.declared_at,
        mitigated_at=row.mitigated_at,
        resolved_at=row.resolved_at,
        obligations=versions.get(row.severity_version_id),
        moment=moment,
        scribe_id=scribe,
    )


async def _add_steps(reader: Reader, tables: Tables, courses: dict[int, Course], checks: set[str]) -> None:
    kinds = sorted({kind for check in checks for kind in STEPS[check]})
    if not kinds:
        return
    about = func.coalesce(*(Event.data[name].astext for name in ABOUT))
    fields = (about, *(Event.data[name].astext for name in ("user_id", "audience", "promised_by")))
    actor = (type_coerce(Event.actor_kind, Text), Event.actor_id)
    statement = (
        select(Event.incident_id, Event.id, Event.number, Event.kind, Event.recorded_at, *actor, *fields)
        .where(
            among(Event.incident_id, courses),
            Event.kind.in_(kinds),
            Event.number.is_not(None),
            Event.id <= tables.place,
        )
        .order_by(Event.id)
    )
    for step in map(Step._make, await reader.execute(statement)):
        courses[step.incident_id].steps.setdefault(step.kind, []).append(step)


async def _add_holdings(
    reader: Reader, tables: Tables, courses: dict[int, Course], roles: dict[int, str], scribe: int | None
) -> None:
    held = tables.rows(RoleAssignment).c
    columns = (held.incident_id, held.id, held.role_id, held.user_id, held.assumed_at, held.relinquished_at)
    statement = select(*columns).where(among(held.incident_id, courses)).order_by(held.assumed_at, held.id)
    rows = await reader.execute(statement)
    wrote: dict[int, tuple[int, list[int]]] = {}
    if scribe is not None:
        wrote = await _entries(reader, tables, [key for _, key, role_id, *_ in rows if role_id == scribe])
    for incident_id, key, role_id, user_id, assumed_at, relinquished_at in rows:
        count, numbers = wrote.get(key, (0, []))
        role = roles.get(role_id, "")
        made = Holding(role_id, role, user_id, assumed_at, relinquished_at, count, tuple(numbers))
        courses[incident_id].holdings.append(made)


async def _entries(reader: Reader, tables: Tables, holdings: list[int]) -> dict[int, tuple[int, list[int]]]:
    """By holding, how many entries its holder wrote or marked meanwhile, and the numbers of the first."""
    held = tables.rows(RoleAssignment)
    by_holder = or_(
        and_(Event.actor_kind == ActorKind.USER, Event.actor_id == held.c.user_id),
        Event.data["marked_by_user_id"].astext == cast(held.c.user_id, Text),
    )
    numbers = func.array_agg(aggregate_order_by(Event.number, Event.id))
    statement = (
        select(held.c.id, func.count(), numbers)
        .join(Event, Event.incident_id == held.c.incident_id)
        .where(
            among(held.c.id, holdings),
            Event.kind == "entry.added",
            Event.id <= tables.place,
            by_holder,
            Event.recorded_at >= held.c.assumed_at,
            or_(held.c.relinquished_at.is_(None), Event.recorded_at < held.c.relinquished_at),
        )
        .group_by(held.c.id)
    )
    return {key: (count, found[:SHOWN]) for key, count, found in await reader.execute(statement)}


async def _add_said(reader: Reader, tables: Tables, courses: dict[int, Course]) -> None:
    update = tables.rows(Update)
    statement = select(update).where(among(update.c.incident_id, courses)).order_by(update.c.id)
    for row in await reader.execute(statement):
        written = row.recorded_at or row.published_at
        courses[row.incident_id].said.append(Said(row.id, Audience(row.audience), written, row.promised_by))


async def _add_items(reader: Reader, tables: Tables, courses: dict[int, Course]) -> None:
    item = tables.rows(ActionItem)
    statement = select(item).where(among(item.c.incident_id, courses)).order_by(item.c.id)
    for row in await reader.execute(statement):
        assigned = row.assignee_id is not None
        made = Item(row.id, ActionItemState(row.state), assigned, row.due_on, row.done_at)
        courses[row.incident_id].items.append(made)


async def _add_calls(reader: Reader, tables: Tables, courses: dict[int, Course]) -> None:
    for key, calls, numbers in await read_calls(reader, tables, courses):
        courses[key].calls, courses[key].call_numbers = calls, tuple(numbers[:SHOWN])
