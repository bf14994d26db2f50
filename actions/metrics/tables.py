"""The tables that metrics are made of: as they are, or as they were when the feed stood at a place (ADR 0022)."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.types import Enum

from actions.places import newest_place, place_of
from auth.actor import Actor
from auth.visibility import visible_of_all
from core.changes import Kept
from core.db import Reader
from core.errors import DomainError, ErrorCode
from models.event import Event, EventChange
from models.incident import Incident, IncidentService
from models.metrics.calendar import Span
from models.postmortem import ActionItem
from models.role import RoleAssignment
from models.update import Update
from models.words import IncidentKind, Stage

READ: dict[type[Kept], tuple[str, ...]] = {
    Incident: (
        *("id", "kind", "stage", "visibility", "merged_into_id", "severity_version_id", "impact_started_at"),
        *("detected_at", "acknowledged_at", "declared_at", "mitigated_at", "resolved_at", "closed_at"),
    ),
    IncidentService: ("incident_id", "service_id"),
    RoleAssignment: ("id", "incident_id", "role_id", "user_id", "assumed_at", "relinquished_at"),
    Update: ("id", "incident_id", "audience", "published_at", "recorded_at", "promised_by"),
    ActionItem: ("id", "incident_id", "state", "assignee_id", "due_on", "done_at"),
}
"""The columns that metrics read, by model."""

UNCOUNTED = (Stage.DECLINED, Stage.CANCELLED, Stage.MERGED)


class Tables:
    """What an actor's metrics read, at a place in the feed; `past`: that is not where it stands.

    Whether an incident may be seen is decided by today, always.
    """

    def __init__(self, actor: Actor, place: int, *, past: bool) -> None:
        self.actor = actor
        self.place = place
        self.past = past

    def rows(self, model: type[Any]) -> FromClause:
        """A kept table, as far as metrics read it; of all incidents, whoever may see them."""
        if self.past:
            return then(model, self.place)
        return select(*(getattr(model, name) for name in READ[model])).subquery(model.__tablename__)

    @cached_property
    def incident(self) -> FromClause:
        """The incidents that count (models.metrics.definitions.EXCLUDED): every metric starts here."""
        return self._seen(_counted).subquery("counted")

    @cached_property
    def seen(self) -> FromClause:
        """All incidents that the actor may see, whatever they are and became."""
        return self._seen(lambda _: ()).subquery("seen")

    def _seen(self, conditions: Callable[[Any], tuple[ColumnElement[bool], ...]]) -> Select[*tuple[Any, ...]]:
        if not self.past:
            now = select(*(getattr(Incident, name) for name in READ[Incident]))
            return now.where(visible_of_all(self.actor), *conditions(Incident))
        past = then(Incident, self.place)
        seen = select(*past.c).join(Incident, Incident.id == past.c.id)
        return seen.where(visible_of_all(self.actor), *conditions(past.c))

    def detected(self, span: Span) -> FromClause:
        """Those that were detected in a span."""
        moment = self.incident.c.detected_at
        inside = select(self.incident).where(moment >= span.edges[0], moment < span.edges[-1])
        return inside.subquery("detected")

    def events(self, *kinds: str) -> ColumnElement[bool]:
        """The condition on events of some kinds that had happened by then."""
        of_kind = Event.kind.in_(kinds) if len(kinds) > 1 else Event.kind == kinds[0]
        return and_(of_kind, Event.id <= self.place) if self.past else of_kind


def _counted(incident: Any) -> tuple[ColumnElement[bool], ...]:
    return incident.kind == IncidentKind.REAL, incident.stage.not_in(UNCOUNTED)


def then(model: type[Any], place: int) -> FromClause:
    """A kept table at a place: today's rows of incidents that did not change since, and the others' by their events."""
    table, names = model.__table__, READ[model]
    owner = table.c[model.owner]
    changed = select(EventChange.incident_id).where(EventChange.event_id > place)
    standing = select(*(table.c[name] for name in names)).where(or_(owner.is_(None), owner.not_in(changed)))
    each = func.jsonb_each(EventChange.rows[table.name])
    rows = each.table_valued(column("key", Text), column("value", JSONB), name="each").render_derived()
    kept = (
        select(func.kept_together(aggregate_order_by(rows.c.value, EventChange.event_id), type_=JSONB).label("kept"))
        .select_from(EventChange)
        .join(rows, true())
        .where(EventChange.event_id <= place, EventChange.incident_id.in_(changed))
        .group_by(EventChange.incident_id, rows.c.key)
        .subquery("kept")
    )
    revived = select(*(_typed(kept.c.kept, table.c[name]) for name in names)).where(kept.c.kept.is_not(null()))
    return union_all(standing, revived).subquery(f"{table.name}_then")


def _typed(row: Any, wanted: Any) -> ColumnElement[Any]:
    kind = Text() if isinstance(wanted.type, Enum) else wanted.type
    return cast(row[wanted.name].astext, kind).label(wanted.name)


async def tables_at(reader: Reader, actor: Actor, as_of: str | None = None) -> Tables:
    """The tables that an actor may see, as they are, or as they were at a cursor (null: as they are).

    INVALID_INPUT for a cursor that is none; CURSOR_EXPIRED for what was not kept.
    """
    newest = place = await newest_place(reader)
    if as_of is not None:
        place = await place_of(reader, as_of, "as_of")
    if place != newest:
        await _refuse_unkept(reader, place)
    return Tables(actor, place, past=place != newest)


async def _refuse_unkept(reader: Reader, place: int) -> None:
    """CURSOR_EXPIRED if some incident that changed since a place began before its past was kept."""
    changed = select(EventChange.incident_id).where(EventChange.event_id > place).distinct().subquery("changed")
    key = cast(changed.c.incident_id, Text)
    first: Select[bool] = (
        select(EventChange.rows[Incident.__tablename__][key].has_key("created_at"))
        .where(EventChange.incident_id == changed.c.incident_id)
        .order_by(EventChange.event_id)
        .limit(1)
    )
    unkept = select(changed.c.incident_id).where(not_(func.coalesce(first.scalar_subquery(), false())))
    if await reader.scalar(select(exists(unkept))):
        raise DomainError(
            ErrorCode.CURSOR_EXPIRED,
            "What some incidents were like then was not kept.",
            field="as_of",
            hint="Ask for how it is now, or as of a later cursor.",
        )
