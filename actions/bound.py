"""Rows that are bound to an incident which may change under us: alerts, action items, tasks.

The order of locks is incidents first, then other rows. But which incident a row is bound to is known only from the row,
and until it is locked a link or a merge may move it. So: read, lock, look again, and if it moved, give the locks back
(a savepoint's locks go with it) and begin anew, with the incidents where it was found before: a row that others move to
and fro between a few incidents is caught when all of these are locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incidents
from auth.actor import Actor
from auth.visibility import visible_action_items
from core.errors import DomainError, conflict, invalid, not_found
from core.ids import decode_as
from models.alert import Alert
from models.incident import Incident
from models.postmortem import ActionItem
from models.task import Task

Row = TypeVar("Row", Alert, ActionItem, Task)

ATTEMPTS = 5
"""How often a row may move away between two reads before the client is asked to try again."""


@dataclass(frozen=True, slots=True)
class Bound(Generic[Row]):
    """A locked row, the locked incident that it is bound to, and other incidents that were asked for, by field."""

    row: Row
    incident: Incident | None
    others: dict[str, Incident]


async def find_bound(
    session: AsyncSession,
    actor: Actor,
    model: type[Row],
    reference: str,
    visible: ColumnElement[bool],
    *,
    noun: str,
    others: Mapping[str, str] | None = None,
) -> Bound[Row]:
    """A row by opaque id with its incident and `others` (references by field), all locked.

    NOT_FOUND names the field, which is the noun in snake case; a row whose incident is hidden from the actor is not
    found either. CONFLICT if others keep moving it.
    """
    field = noun.replace(" ", "_")
    key = decode_as(model.__name__, reference, field)
    left: dict[str, str] = {}
    for _ in range(ATTEMPTS):
        savepoint = await session.begin_nested()
        bound_to = (await session.execute(select(model.incident_id).where(model.id == key, visible))).one_or_none()
        if bound_to is None:
            raise not_found(field, noun, reference)
        own = {field: str(bound_to[0])} if bound_to[0] is not None else {}
        try:
            incidents = await find_incidents(session, actor, {**(others or {}), **own, **left})
        except DomainError as error:
            if error.field in left:  # the actor may not see that one any more
                await savepoint.rollback()
                left.clear()
                continue
            if error.field != field:
                raise
            raise not_found(field, noun, reference) from error  # its incident was hidden from the actor just now
        row: Any = await session.get(model, key, with_for_update=True, populate_existing=True)
        locked = {incident.id: incident for incident in incidents.values()}
        if row is not None and (row.incident_id == bound_to[0] or row.incident_id in locked):
            await savepoint.commit()
            incident = None if row.incident_id is None else locked[row.incident_id]
            return Bound(row, incident, {name: incidents[name] for name in others or ()})
        await savepoint.rollback()
        left |= {f"left.{before}": before for before in own.values()}
    raise conflict(f"This {noun} is being moved by others.", field=field, hint="Try again in a moment.")


async def find_bound_items(session: AsyncSession, actor: Actor, references: list[str]) -> list[Bound[ActionItem]]:
    """Action items by opaque id with their incidents, all locked, in the order given. They never move to another one.

    NOT_FOUND names the first that is not there for the actor (`items.3`), INVALID_INPUT one that is named twice.
    """
    keys = [decode_as("ActionItem", reference, f"items.{i}") for i, reference in enumerate(references)]
    twice = next((i for i, key in enumerate(keys) if key in keys[:i]), None)
    if twice is not None:
        raise invalid(f"items.{twice}", "This action item is named twice.", "Name each once.")
    seen = select(ActionItem.id, ActionItem.incident_id).where(ActionItem.id.in_(keys), visible_action_items(actor))
    bound_to = {row.id: row.incident_id for row in await session.execute(seen)}
    named = {str(key): str(bound_to[key]) for key in keys if bound_to.get(key) is not None}
    try:
        incidents = await find_incidents(session, actor, named)
    except DomainError as error:  # one was hidden from the actor just now
        bound_to.pop(int(error.field or 0), None)
    for i, key in enumerate(keys):
        if key not in bound_to:
            raise not_found(f"items.{i}", "action item", references[i])
    locking = select(ActionItem).where(ActionItem.id.in_(keys)).order_by(ActionItem.id).with_for_update()
    rows = {row.id: row for row in await session.scalars(locking.execution_options(populate_existing=True))}
    return [Bound(rows[key], incidents.get(str(key)), {}) for key in keys]
