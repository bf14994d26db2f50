"""What a workflow would have done: the past event by event, each incident as it was after the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from actions.workflows.conditions import Subject, holds
from actions.workflows.definition import Definition
from actions.workflows.rehearsing import chosen_definition
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import invalid
from core.zones import zone_or_utc
from models.event import Event, EventChange
from models.incident import Incident, IncidentService
from models.organisation import Organisation
from models.severity import SeverityVersion
from models.words import ActorKind, IncidentKind
from resolvers.context import Context
from resolvers.mutations.perform import keywords, refusing
from resolvers.past import Tables, apply, revived

LONGEST = timedelta(days=366)
MOST = 5000
"""Events that are looked at."""
AT_ONCE = 100
"""Incidents whose past is read at once."""
TRANSACTION = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Fired:
    """An event that would have begun it."""

    event_id: int
    incident_id: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have begun, and what could not be judged."""

    events: int
    """How many events of its kinds there were."""
    runs: list[Fired]
    unknown: int
    """Events of incidents whose past was not kept then."""
    complete: bool
    """Whether all events of the time were looked at."""


async def replay_workflow(ctx: Context, given: Any) -> Replayed:
    """What a workflow, or a definition, would have begun on in a time that has passed; nothing is changed.

    Conditions are judged as of each event; who may see an incident is decided by today. Admins only.
    """
    require(ctx.actor, Permission.ADMINISTER)
    wanted = keywords(given)
    begins, ends = wanted["since"], wanted["until"]
    if not begins < ends <= begins + LONGEST:
        raise invalid("until", "The time must end after it begins, within a year.", "Send a shorter time.")
    async with ctx.runtime.rehearsing:
        with refusing():
            async with ctx.runtime.database.rehearsal(ctx.client) as session:
                chosen = await chosen_definition(session, wanted.get("workflow"), wanted.get("definition"))
    definition = chosen[1]
    if definition.trigger.events is None:
        raise invalid("workflow", "It is not begun by events: there is nothing to replay.", "Choose one that is.")
    found = await ctx.reader.execute(_events(ctx, definition.trigger.events, begins, ends))
    return await _judged(ctx, definition, found)


def _events(ctx: Context, kinds: list[str], begins: datetime, ends: datetime) -> Select[*tuple[Any, ...]]:
    """Events with the place in the feed where their transaction's changes stand.

    A transaction's changes stand with its last event (ADR 0006). Its ids follow on each other, soon; that event is by
    the same actor, or by Muster itself: whoever declares an incident has it page people.
    """
    last = aliased(Event)
    change = (
        select(EventChange.event_id)
        .join(last, last.id == EventChange.event_id)
        .where(
            EventChange.incident_id == Event.incident_id,
            EventChange.event_id >= Event.id,
            last.recorded_at <= Event.recorded_at + TRANSACTION,
            or_(
                last.actor_kind == ActorKind.SYSTEM,
                and_(last.actor_kind == Event.actor_kind, last.actor_id.is_not_distinct_from(Event.actor_id)),
            ),
        )
        .order_by(EventChange.event_id)
        .limit(1)
        .lateral("change")
    )
    return (
        select(
            Event.id, Event.incident_id, Event.recorded_at, func.coalesce(change.c.event_id, Event.id).label("place")
        )
        .join(Incident, and_(Incident.id == Event.incident_id, visible_to(ctx.actor)))
        .outerjoin(change, true())
        .where(Event.kind.in_(kinds), Event.recorded_at >= begins, Event.recorded_at < ends)
        .order_by(Event.id)
        .limit(MOST + 1)
    )


async def _judged(ctx: Context, definition: Definition, found: Sequence[Row[Any]]) -> Replayed:
    """Go through the past of some incidents at a time."""
    events = found[:MOST]
    by_incident: dict[int, list[Row[Any]]] = {}
    for event in events:
        by_incident.setdefault(event.incident_id, []).append(event)
    severities = dict(await ctx.reader.execute(select(SeverityVersion.id, SeverityVersion.severity_id)))
    zone = zone_or_utc(await ctx.reader.scalar(select(Organisation.time_zone)) or "UTC")
    runs: list[Fired] = []
    unknown = 0
    keys = list(by_incident)
    for start in range(0, len(keys), AT_ONCE):
        own = {key: by_incident[key] for key in keys[start : start + AT_ONCE]}
        changes = await _changes(ctx, list(own), max(event.place for each in own.values() for event in each))
        for key, each in own.items():
            began, missing = _past_of(definition, each, changes.get(key, []), (severities, zone))
            runs += began
            unknown += missing
    runs.sort(key=lambda run: run.event_id)
    return Replayed(len(events), runs, unknown, complete=len(found) <= MOST)


async def _changes(ctx: Context, keys: list[int], until: int) -> dict[int, list[tuple[int, Tables]]]:
    """What changed of incidents up to a place, each in order."""
    statement = (
        select(EventChange.incident_id, EventChange.event_id, EventChange.rows)
        .where(EventChange.incident_id.in_(keys), EventChange.event_id <= until)
        .order_by(EventChange.event_id)
    )
    found: dict[int, list[tuple[int, Tables]]] = {}
    for incident_id, event_id, rows in await ctx.reader.execute(statement):
        found.setdefault(incident_id, []).append((event_id, rows))
    return found


def _past_of(
    definition: Definition,
    events: list[Row[Any]],
    changes: list[tuple[int, Tables]],
    known: tuple[dict[int, int], ZoneInfo],
) -> tuple[list[Fired], int]:
    """What would have begun on one incident, and how many events could not be judged."""
    tables: Tables = {}
    left = list(reversed(changes))
    fired: list[Fired] = []
    unknown = 0
    for event in events:
        while left and left[-1][0] <= event.place:
            apply(tables, left.pop()[1])
        columns = tables.get(Incident.__tablename__, {}).get(str(event.incident_id))
        if columns is None or "kind" not in columns:
            unknown += 1
            continue
        subject = _subject(tables, revived(Incident, columns), event.recorded_at, known)
        fits = subject.kind is not IncidentKind.BACKFILLED and holds(definition.conditions, subject)
        if fits and len(fired) < definition.limit:
            fired.append(Fired(event.id, event.incident_id, event.recorded_at))
    return fired, unknown


def _subject(
    tables: Tables, columns: dict[str, Any], moment: datetime, known: tuple[dict[int, int], ZoneInfo]
) -> Subject:
    severities, zone = known
    services = tables.get(IncidentService.__tablename__, {}).values()
    return Subject(
        severity_id=severities.get(columns.get("severity_version_id") or 0),
        service_ids=frozenset(int(row["service_id"]) for row in services),
        labels=columns.get("labels") or {},
        kind=columns["kind"],
        visibility=columns["visibility"],
        stage=columns["stage"],
        moment=moment,
        zone=zone,
    )
