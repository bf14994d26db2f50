"""How metrics look at the course of incidents: that there was one, its response times, its stages, its reopening."""

from sqlalchemy import ColumnElement, Float, FromClause, Select, and_, case, func, literal, or_, select

from actions.metrics.observation import Reasons, columns, seconds, sought
from actions.metrics.tables import Tables
from models.chronology import column_of
from models.event import Event
from models.lifecycle import TRANSITIONS, Verb
from models.metrics.calendar import Span
from models.metrics.definition import Definition
from models.words import LeftOut, Stage

REOPENED, STAGE_CHANGED = "incident.reopened", "incident.stage_changed"
KINDS = {
    Verb.REPORT: "incident.reported",
    Verb.ACKNOWLEDGE: "incident.acknowledged",
    Verb.DECLARE: "incident.declared",
    Verb.DECLINE: "incident.declined",
    Verb.CHANGE_STAGE: STAGE_CHANGED,
    Verb.CANCEL: "incident.cancelled",
    Verb.REOPEN: REOPENED,
}
"""The events that moves are told by. Whatever was merged is not counted."""


def incidents(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """Each incident counts one."""
    del definition, valued
    incident = tables.detected(span).c
    return select(*columns(incident, at=incident.detected_at, value=literal(1.0, Float)))


def durations(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """From one moment of each incident to another, in seconds."""
    found = tables.detected(span)
    incident = found.c
    assert definition.start is not None  # noqa: S101 (a duration has both)
    assert definition.end is not None  # noqa: S101
    start, end = incident[column_of(definition.start)], incident[column_of(definition.end)]
    reasons: Reasons = [
        (start.is_(None), LeftOut.NO_START),
        (end.is_(None), LeftOut.NO_END),
        (end < start, LeftOut.END_BEFORE_START),
    ]
    source: FromClause = found
    if definition.through_detection:
        reported = select(Event.incident_id).where(tables.events(KINDS[Verb.REPORT])).subquery("reported")
        source = found.join(reported, reported.c.incident_id == incident.id, isouter=not valued)
        reasons.insert(0, (reported.c.incident_id.is_(None), LeftOut.DECLARED_DIRECTLY))
    counts, left_out = sought(reasons, valued=valued)
    seen = columns(incident, at=incident.detected_at, value=seconds(end - start), left_out=left_out)
    return select(*seen).select_from(source).where(*counts)


def stays(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """How long each incident was in a stage, all stays together.

    The moments of leaving less those of entering are that sum, in whatever order they came.
    """
    stage = definition.stage
    assert stage is not None  # noqa: S101
    found = tables.detected(span)
    incident = found.c
    leaves = Event.data["from_stage"].astext == stage
    sign = case((leaves, 1), else_=-1)
    moves = and_(
        Event.incident_id == incident.id,
        tables.events(*sorted(entering(stage) | leaving(stage))),
        or_(leaves, _enters(stage)),
    )
    balance = func.sum(sign)
    total = func.greatest(func.sum(sign * seconds(Event.occurred_at)), 0.0)
    counts, left_out = sought([(balance < 0, LeftOut.NO_END)], valued=valued)
    return (
        select(*columns(incident, at=incident.detected_at, value=total, left_out=left_out))
        .select_from(found.join(Event, moves))
        .group_by(incident.id, incident.severity_version_id, incident.detected_at)
        .having(*counts)
    )


def entering(stage: Stage) -> set[str]:
    """The kinds of the events that can take an incident into a stage."""
    ways = (way for ways in TRANSITIONS.values() for way in ways.items())
    return {KINDS[verb] for verb, targets in ways if stage in targets and verb in KINDS}


def leaving(stage: Stage) -> set[str]:
    """The kinds of the events that can take an incident out of a stage."""
    return {KINDS[verb] for verb in TRANSITIONS[stage] if verb in KINDS}


def _enters(stage: Stage) -> ColumnElement[bool]:
    """Only `incident.stage_changed` leads to several stages, and says to which."""
    certain = Event.kind.in_(sorted(entering(stage) - {STAGE_CHANGED}))
    if STAGE_CHANGED not in entering(stage):
        return certain
    return or_(certain, and_(Event.kind == STAGE_CHANGED, Event.data["to_stage"].astext == stage))


def reopenings(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """Whether each incident that was resolved came back."""
    del definition
    found = tables.detected(span)
    incident = found.c
    back = and_(
        Event.incident_id == incident.id,
        tables.events(REOPENED),
        Event.data["resolved_at"].astext.is_not(None),
    )
    times = func.count(Event.id)
    never = and_(incident.resolved_at.is_(None), times == 0)
    counts, left_out = sought([(never, LeftOut.NO_END)], valued=valued)
    value = case((times > 0, 1.0), else_=0.0).cast(Float)
    return (
        select(*columns(incident, at=incident.detected_at, value=value, left_out=left_out))
        .select_from(found.outerjoin(Event, back))
        .group_by(incident.id, incident.severity_version_id, incident.detected_at, incident.resolved_at)
        .having(*counts)
    )
