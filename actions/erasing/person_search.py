"""Where texts that people and vendors wrote name a person: a machine can find that, and a person has to judge it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, case, cast, exists, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import FromClause

from actions.erasing.known import Known
from actions.erasing.person_rows import nameless, unmentioned
from actions.erasing.text import erasable
from actions.violations import TOO_LONG
from auth.actor import Actor
from auth.visibility import sees_all, visible_action_items, visible_to
from core.db import Database
from core.ids import encode
from models.facts.access import SignInRefused
from models.incident import REFERENCE_PREFIX, Incident
from models.personal import SEARCHED
from models.postmortem import ActionItem
from models.tables import metadata

SHOWN = 50
"""Rows of a table that are listed; how many there are is told of all."""
PATIENCE = 3.0
"""Seconds after which no further table is begun, unless asked for: a statement takes 5 s at most, a request 10 s."""

LONGEST = "600s"
"""What a statement may take without that."""
ERASABLE_UPDATE = {"status_update": "id", "status_update_revision": "update_id"}
ERASABLE_WORK = {"maintenance_update": "id", "maintenance_update_revision": "update_id"}
HERE = metadata.tables
INCIDENTS = HERE["incident"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A row that names them. What `eraseText` takes of it, if it can."""

    place: str
    """Table and columns: `status_update.body`."""
    key: str
    """The row's primary key, as SQL has it."""
    incident: str | None = None
    """`INC-7`."""
    event: str | None = None
    update: str | None = None
    maintenance_update: str | None = None


@dataclass(slots=True)
class Mentions:
    """What was found."""

    found: list[Mention] = field(default_factory=list)
    count: int = 0
    unread: list[str] = field(default_factory=list)
    """Tables that took too long."""


async def mentions_of(database: Database, actor: Actor, known: Known, *, patience: float | None = PATIENCE) -> Mentions:
    """Where a person is named, table by table in the order of their names, each read by itself.

    Of private incidents only what the actor may see is told. Without `patience` (seconds) every table is read, for
    up to ten minutes.
    """
    told, begun = Mentions(), time.monotonic()
    for name in sorted(SEARCHED):
        if patience is not None and time.monotonic() - begun > patience:
            told.unread.append(name)
            continue
        try:
            rows = await _read(database, _statement(HERE[name], actor, known), hurried=patience is not None)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in TOO_LONG:
                raise
            told.unread.append(name)
            continue
        told.count += rows[0].number if rows else 0
        told.found += [_mention(name, row, known) for row in rows]
    return told


async def _read(database: Database, statement: Any, *, hurried: bool) -> Sequence[Any]:
    """The rows of a statement that may read a table from end to end, by itself."""
    async with database.rehearsal() as session:
        if not hurried:
            await session.execute(text(f"set local statement_timeout = '{LONGEST}'"))
        return (await session.execute(statement)).all()


def _statement(table: Table, actor: Actor, known: Known) -> Any:
    """The rows of a table that name a person, the first of them, with how many there are."""
    columns = [table.c[name] for name in SEARCHED[table.name].split()]
    said = {column.name: _left(column, known) for column in columns}
    named = or_(*(each.ilike(pattern) for each in said.values() for pattern in known.patterns()))
    path = _to_incident(table)
    source, incident = _joined(table, path)
    shown = [each.label(f"text_{name}") for name, each in said.items()]
    keys = [cast(column, Text).label(f"key_{column.name}") for column in table.primary_key]
    beside = [each.label(f"beside_{each.name}") for each in _beside(table.name)]
    statement = select(*keys, *shown, *beside, incident.label("incident_id"), func.count().over().label("number"))
    return (
        statement.select_from(source)
        .where(named, *_own(table, known), *_seen(actor, path))
        .order_by(*table.primary_key)
        .limit(SHOWN)
    )


def _left(column: Column[Any], known: Known) -> Any:
    """What a column says once what is known to be theirs is gone."""
    match f"{column.table.name}.{column.name}":
        case "chat_message.body":
            return unmentioned(column, known)
        case "postmortem_section.generated":
            return nameless(column, known)
        case "postmortem_statement.text":
            return case((column.table.c.generated, nameless(column, known)), else_=column)
        case "outward_action.ticket_assignee":
            return case((func.lower(column) == known.name.lower(), None), else_=column)
    return cast(column, Text)


def _own(table: Table, known: Known) -> list[ColumnElement[bool]]:
    """But for rows that go as a whole."""
    if table.name == "event_text":
        return [HERE["event"].c.kind != SignInRefused.kind]
    whole = table.name in ("chat_person", "access_token")
    return [table.c.user_id.is_distinct_from(known.key)] if whole else []


def _to_incident(table: Table, seen: frozenset[str] = frozenset()) -> list[Column[Any]] | None:
    """The foreign keys by which a table's rows hang on incidents, the shortest way; None if they don't."""
    if table is INCIDENTS:
        return []
    own = [(column, key.column.table) for column in table.columns for key in column.foreign_keys]
    for column, target in own:
        if target is INCIDENTS:
            return [column]
    ways = []
    for column, target in own:
        if target.name not in seen and target is not table:
            further = _to_incident(target, seen | {table.name})
            if further:
                ways.append([column, *further])
    return min(ways, key=len, default=None)


def _joined(table: Table, path: Sequence[Column[Any]] | None) -> tuple[FromClause, Any]:
    """A table with what lies between it and its incident, and the incident's key."""
    source: FromClause = table
    if path is None:
        return source, cast(None, INCIDENTS.c.id.type)
    for column in path:
        (key,) = column.foreign_keys
        source = source.outerjoin(key.column.table, column == key.column)
    return source, INCIDENTS.c.id


def _seen(actor: Actor, path: Sequence[Column[Any]] | None) -> list[ColumnElement[bool]]:
    """What hangs on no incident, or on one that the actor may see."""
    if path is None or sees_all(actor):
        return []
    seen: list[ColumnElement[bool]] = [Incident.id.is_(None) | visible_to(actor)]
    if (
        path and path[0].table is HERE["outward_action"]
    ):  # of an action item, perhaps: that is as private as its incident
        item = exists(select(1).where(ActionItem.id == path[0].table.c.action_item_id, ~visible_action_items(actor)))
        seen.append(~item)
    return seen


def _beside(table: str) -> Iterator[Column[Any]]:
    """Columns that say what eraseText takes, apart from the key."""
    for places in (ERASABLE_UPDATE, ERASABLE_WORK):
        if table in places:
            yield HERE[table].c[places[table]]
    if table == "event_text":
        yield HERE["event"].c.kind


def _mention(table: str, row: Any, known: Known) -> Mention:
    told = row._mapping  # noqa: SLF001 (a row's columns by their names: SQLAlchemy's own spelling)
    named = [name for name in SEARCHED[table].split() if known.named_in(told[f"text_{name}"] or "")]
    key = ",".join(value for name, value in told.items() if name.startswith("key_"))
    update, work = ERASABLE_UPDATE.get(table), ERASABLE_WORK.get(table)
    return Mention(
        place=f"{table}.{', '.join(named)}",
        key=key,
        incident=f"{REFERENCE_PREFIX}{row.incident_id}" if row.incident_id is not None else None,
        event=encode("Event", int(key)) if erasable(told.get("beside_kind", "")) else None,
        update=encode("Update", told[f"beside_{update}"]) if update else None,
        maintenance_update=encode("MaintenanceUpdate", told[f"beside_{work}"]) if work else None,
    )
