"""What a transaction changed in rows whose past is kept: the state behind each event (ADR 0006).

A model opts in by being `Kept`. Whatever the session flushes of it is noted by itself; a statement in bulk, which the
session never sees, is noted by whoever sends it (`note`). The journal hands the changes to the last event of their
owner, so that the rows can be rebuilt from the events as of any cursor.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlalchemy import event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from core.journal import Journal, journal_of, place_changes


class Kept:
    """A mixin for models whose rows can be rebuilt as they were."""

    owner: ClassVar[str] = "incident_id"
    """The column that says whose past a row is part of."""
    not_kept: ClassVar[frozenset[str]] = frozenset()
    """Columns that never change, only count, or are the timers' own: they are read from today's row."""


class KeepingSession(Session):
    """A session that notes in its journal what it flushes of kept rows."""


def note(journal: Journal, model: type[Any], owner: int | None, key: Any, values: dict[str, Any] | None) -> None:
    """Note how a row is now, as far as `values` says (None: it is gone). Rows without an owner have no past."""
    if owner is None:
        return
    rows = journal.changes.setdefault(owner, {}).setdefault(model.__tablename__, {})
    known = rows.get(str(key))
    rows[str(key)] = {**known, **values} if known and values is not None else values


def kept_columns(model: type[Any]) -> list[str]:
    """The columns of a kept model whose past is kept."""
    return [column.key for column in inspect(model).column_attrs if column.key not in model.not_kept]


def note_moved(journal: Journal, model: type[Any], rows: Iterable[Any], *, before: int | None) -> None:
    """Note rows that went from one owner to another in bulk: gone from the one, whole at the other.

    `rows` have the key as `id` and every kept column.
    """
    names = kept_columns(model)
    for row in rows:
        note(journal, model, before, row.id, None)
        note(journal, model, getattr(row, model.owner), row.id, {name: getattr(row, name) for name in names})


async def keep_so_far(session: AsyncSession) -> None:
    """Let what was changed by now belong to the events by now: for a transaction that does several things."""
    if any(isinstance(row, Kept) for row in (*session.new, *session.dirty, *session.deleted)):
        await session.flush()
    place_changes(journal_of(session))


@event.listens_for(KeepingSession, "after_flush")
def _note_flushed(session: Session, _: Any) -> None:
    journal: Journal | None = session.info.get("journal")
    if journal is None:
        return
    for row in session.new:
        if isinstance(row, Kept):
            _note_row(journal, row, whole=True)
    for row in session.dirty:
        if isinstance(row, Kept):
            _note_row(journal, row, whole=False)
    for row in session.deleted:
        if isinstance(row, Kept):
            note(journal, type(row), getattr(row, row.owner), _key(row), None)


def _note_row(journal: Journal, row: Kept, *, whole: bool) -> None:
    model, state = type(row), inspect(row)
    before, owner = None, getattr(row, row.owner)
    if not whole:
        moved = state.attrs[row.owner].history
        if moved.has_changes():
            before, whole = next(iter(moved.deleted), None), True
    names = kept_columns(model)
    values = {n: getattr(row, n) for n in names if whole or state.attrs[n].history.has_changes()}
    note(journal, model, before, _key(row), None)
    if values:
        note(journal, model, owner, _key(row), values)


def _key(row: Kept) -> Any:
    """What tells a row from the others of its owner: its key, or the part of it that is not the owner."""
    names = [column.key for column in inspect(type(row)).primary_key]
    return getattr(row, next((name for name in names if name != row.owner), names[0]))
