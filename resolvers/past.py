"""An incident as it was when the feed stood at a place: rebuilt from its events alone (ADR 0006).

Each event keeps what it changed of its incident's rows (models.event.EventChange). Put together up to a place, they
are the rows as the tables had them then; today's tables give only what never changes or is not kept.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Date, DateTime, inspect, select
from sqlalchemy import Enum as EnumType

from actions.places import place_of
from auth.visibility import visible_to
from core.errors import DomainError, ErrorCode
from core.rows import dated
from models.event import EventChange
from models.incident import Incident
from resolvers.context import Context
from resolvers.page import Cursor

M = TypeVar("M")

Rows = dict[str, Any]
"""Columns by key of a row."""
Tables = dict[str, Rows]
"""Rows by table."""


class Past:
    """An incident's rows at a place in the feed, and those of the incidents that had been merged into it."""

    def __init__(self, key: int, place: int, own: Tables, merged: dict[int, Tables]) -> None:
        self.key = key
        self.place = place
        self.merged = merged
        self._own = own

    def columns(self, model: type[Any]) -> list[dict[str, Any]]:
        """The kept columns of the rows that it had in a model's table, by their keys in order."""
        rows = self._own.get(model.__tablename__, {})
        return [revived(model, rows[key]) for key in sorted(rows, key=int)]

    def keys(self, model: type[Any], **columns: str) -> list[int]:
        """The keys of the rows that it had in a model's table, in order; of those whose columns have these values."""
        rows = self._own.get(model.__tablename__, {})
        wanted = columns.items()
        return sorted(int(key) for key, row in rows.items() if all(row.get(name) == value for name, value in wanted))

    def rows(self, model: type[M], keys: Iterable[int], today: dict[int, M] | None = None) -> list[M]:
        """Its rows of a model with these keys. `today` has the rows of today where not every column is kept."""
        rows: Rows = self._own.get(getattr(model, "__tablename__", ""), {})
        present = today or {}
        return [
            self.row(model, {**(present[key]._asdict() if key in present else {}), **revived(model, rows[str(key)])})  # type: ignore[attr-defined]
            for key in keys
        ]

    def row(self, model: type[M], columns: dict[str, Any]) -> M:
        """A row of this past with these columns."""
        make: Any = dated(cast("Any", model))
        made = make(**{**_absent(cast("Any", model)), **columns})
        made.past = self
        return made  # type: ignore[no-any-return]

    @property
    def pins(self) -> set[int]:
        """The events that were marked as important on its timeline, merged incidents' included."""
        return {int(key) for tables in (self._own, *self.merged.values()) for key in tables.get("pin", {})}


async def incident_as_of(ctx: Context, today: Incident, cursor: Cursor) -> Incident | None:
    """An incident as it was at a cursor; None if it had not begun.

    INVALID_INPUT for a cursor ahead of the feed; CURSOR_EXPIRED for one of a history that was lost by a restore, and
    for an incident that began before its past was kept.
    """
    place = await place_of(ctx.reader, cursor, "as_of")
    head = today.merged_into_id or today.id
    family = select(Incident.id).where(Incident.merged_into_id == head, Incident.id != today.id, visible_to(ctx.actor))
    keys = [today.id, *(row.id for row in await ctx.reader.execute(family))]
    tables = await _tables(ctx, keys, place)
    own = tables.pop(today.id, {})
    columns = own.get(Incident.__tablename__, {}).get(str(today.id))
    if columns is None:
        await _refuse_unkept(ctx, today)
        return None
    merged = {key: theirs for key, theirs in tables.items() if _merged_into(theirs, key) == today.id}
    past = Past(today.id, place, own, merged)
    return past.row(Incident, {**today._asdict(), **revived(Incident, columns)})  # type: ignore[attr-defined]


async def _tables(ctx: Context, keys: list[int], place: int) -> dict[int, Tables]:
    """Per incident its tables after all changes up to a place."""
    statement = (
        select(EventChange.incident_id, EventChange.rows)
        .where(EventChange.incident_id.in_(keys), EventChange.event_id <= place)
        .order_by(EventChange.event_id)
    )
    found: dict[int, Tables] = {}
    for incident_id, rows in await ctx.reader.execute(statement):
        apply(found.setdefault(incident_id, {}), rows)
    return found


def apply(tables: Tables, changed: Tables) -> None:
    """Bring tables on by what one event changed: new rows, other columns, rows that went (null)."""
    for table, rows in changed.items():
        kept = tables.setdefault(table, {})
        for key, columns in rows.items():
            if columns is None:
                kept.pop(key, None)
            else:
                kept[key] = {**kept.get(key, {}), **columns}


def revived(model: type[Any], columns: dict[str, Any]) -> dict[str, Any]:
    """Columns of a row as Python has them, from the JSON that events keep."""
    kinds = {column.key: column.columns[0].type for column in inspect(model).column_attrs}
    return {name: _value(kinds[name], value) for name, value in columns.items() if name in kinds}


@cache
def _absent(model: type[Any]) -> dict[str, None]:
    """Columns that may be empty, empty: those that events of older versions know nothing of."""
    return {column.key: None for column in inspect(model).column_attrs if column.columns[0].nullable}


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, EnumType):
        words: type[Enum] = kind.python_type
        return words(value)
    return value


def _merged_into(tables: Tables, key: int) -> int | None:
    columns = tables.get(Incident.__tablename__, {}).get(str(key), {})
    into: int | None = columns.get("merged_into_id")
    return into


async def _refuse_unkept(ctx: Context, incident: Incident) -> None:
    """CURSOR_EXPIRED unless the incident's past is kept from its beginning on."""
    first = select(EventChange.rows).where(EventChange.incident_id == incident.id).order_by(EventChange.event_id)
    rows: Tables = await ctx.reader.scalar(first.limit(1)) or {}
    if "created_at" not in rows.get(Incident.__tablename__, {}).get(str(incident.id), {}):
        raise DomainError(
            ErrorCode.CURSOR_EXPIRED,
            f"What {incident.reference} was like then was not kept.",
            field="as_of",
            hint="Read its timeline up to there instead.",
        )
