"""How metrics look at what people did: roles, updates that were promised, being called, hours, action items."""

from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from actions.metrics.observation import columns, seconds, sought
from actions.metrics.tables import Tables
from models.delivery import CALL_SQL, Delivery
from models.event import OVERDUE_SQL, Event
from models.metrics.calendar import Span, flips
from models.metrics.definition import Definition, Hours
from models.postmortem import ActionItem
from models.role import RoleAssignment
from models.severity import SeverityVersion
from models.update import Update
from models.words import ActionItemState, LeftOut

MOMENT = DateTime(timezone=True)
AN_HOUR = 3600.0


def roles(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """From the declaration to the first time that each demanded role was taken, in seconds."""
    del definition
    found, assignment = tables.detected(span), tables.rows(RoleAssignment)
    incident = found.c
    listed = func.jsonb_array_elements_text(SeverityVersion.required_role_ids)
    demanded = listed.table_valued(column("role", Text), name="demanded").render_derived()
    taken = and_(assignment.c.incident_id == incident.id, assignment.c.role_id == cast(demanded.c.role, BigInteger))
    first = func.min(assignment.c.assumed_at)
    value = func.greatest(seconds(first - incident.declared_at), 0.0)
    counts, left_out = sought([(first.is_(None), LeftOut.NO_END)], valued=valued)
    return (
        select(*columns(incident, at=incident.detected_at, value=value, left_out=left_out))
        .select_from(
            found.join(SeverityVersion, SeverityVersion.id == incident.severity_version_id)
            .join(demanded, true())
            .join(assignment, taken, isouter=not valued)
        )
        .where(incident.declared_at.is_not(None))
        .group_by(
            incident.id, incident.severity_version_id, incident.detected_at, incident.declared_at, demanded.c.role
        )
        .having(*counts)
    )


def promises(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """Whether each promised update came in time: by the updates, and by the reminders of those that never came."""
    del definition, valued
    update, incident = tables.rows(Update), tables.incident
    promised = update.c.promised_by
    written = func.coalesce(update.c.recorded_at, update.c.published_at)
    kept = case((written <= promised, 1.0), else_=0.0).cast(Float)
    answered = (
        select(*columns(incident.c, at=promised, value=kept))
        .select_from(update.join(incident, incident.c.id == update.c.incident_id))
        .where(promised >= span.edges[0], promised < span.edges[-1])
    )
    missed = cast(Event.data["promised_by"].astext, MOMENT)
    late = tables.rows(Update)
    came = exists(
        select(1).where(
            late.c.incident_id == Event.incident_id,
            late.c.audience == Event.data["audience"].astext,
            late.c.promised_by == missed,
        )
    )
    broken = (
        select(*columns(incident.c, at=missed, value=literal(0.0, Float)))
        .select_from(incident)
        .join(Event, Event.incident_id == incident.c.id)
        .where(
            literal_column(f"event.{OVERDUE_SQL}", Boolean),
            Event.id <= tables.place,
            Event.recorded_at >= span.edges[0],
            missed >= span.edges[0],
            missed < span.edges[-1],
            ~came,
        )
    )
    both = union_all(answered, broken).subquery("promise")
    return select(*both.c)


def pages(tables: Tables, definition: Definition, span: Span, zone: ZoneInfo) -> Select[*tuple[object, ...]]:
    """Each message that called a person to an incident; night and weekend are those of a zone."""
    incident = tables.incident
    statement = (
        select(*columns(incident.c, at=Delivery.created_at, value=literal(1.0, Float), subject=Delivery.user_id))
        .select_from(incident)
        .join(Delivery, Delivery.incident_id == incident.c.id)
        .where(
            literal_column(f"delivery.{CALL_SQL}", Boolean),
            Delivery.user_id.is_not(None),
            Delivery.event_id <= tables.place,
            Delivery.created_at >= span.edges[0],
            Delivery.created_at < span.edges[-1],
        )
    )
    if definition.hours is Hours.ANY:
        return statement
    turns = literal(flips(definition.hours, span, zone), ARRAY(MOMENT))
    return statement.where(func.width_bucket(Delivery.created_at, turns) % 2 == 1)


def hours(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """The hours of all people in roles, of each once, until the incident was resolved."""
    del definition
    found, assignment = tables.detected(span), tables.rows(RoleAssignment)
    incident = found.c
    resolved = tables.detected(span)
    begun, given_up = assignment.c.assumed_at, assignment.c.relinquished_at
    ended = func.least(given_up, resolved.c.resolved_at)
    earlier = func.max(ended).over(
        partition_by=(assignment.c.incident_id, assignment.c.user_id),
        order_by=(begun, assignment.c.id),
        rows=(None, -1),
    )
    held = (
        select(
            assignment.c.incident_id,
            func.greatest(seconds(ended - func.greatest(begun, earlier)), 0.0).label("seconds"),
        )
        .select_from(assignment.join(resolved, resolved.c.id == assignment.c.incident_id))
        .where(resolved.c.resolved_at.is_not(None))
        .subquery("held")
    )
    total = func.coalesce(func.sum(held.c.seconds), 0.0) / AN_HOUR
    counts, left_out = sought([(incident.resolved_at.is_(None), LeftOut.NO_END)], valued=valued)
    return (
        select(*columns(incident, at=incident.detected_at, value=total, left_out=left_out))
        .select_from(found.outerjoin(held, held.c.incident_id == incident.id))
        .where(*counts)
        .group_by(incident.id, incident.severity_version_id, incident.detected_at, incident.resolved_at)
    )


def action_items(tables: Tables, definition: Definition, span: Span, *, valued: bool) -> Select[*tuple[object, ...]]:
    """Whether each item that was due was done by then."""
    del definition, valued
    item, incident = tables.rows(ActionItem), tables.incident
    day = cast(func.timezone("UTC", item.c.done_at), Date)
    done = item.c.state == ActionItemState.DONE
    newest = select(cast(func.timezone("UTC", Event.recorded_at), Date)).where(Event.id <= tables.place)
    today = newest.order_by(Event.id.desc()).limit(1).scalar_subquery()
    value = case((and_(done, day <= item.c.due_on), 1.0), else_=0.0).cast(Float)
    return (
        select(*columns(incident.c, at=item.c.due_on, value=value, subject=item.c.id))
        .select_from(item.outerjoin(incident, incident.c.id == item.c.incident_id))
        .where(
            item.c.due_on >= span.days[0],
            item.c.due_on < span.days[-1],
            or_(item.c.incident_id.is_(None), incident.c.id.is_not(None)),
            or_(done, and_(item.c.state != ActionItemState.WONT_DO, item.c.due_on < today)),
        )
    )
