"""What transactions lock, in which order, read from the statements that they send (docs/locks.md).

Two transactions can deadlock only if one takes A and then waits for B while the other took B and waits for A. So it is
enough that no two ways of locking are opposed, over everything that Muster does.
"""

import re
from collections import defaultdict
from itertools import combinations
from typing import Self

from sqlalchemy import event
from sqlalchemy.engine import Engine

from models.tables import metadata

SELECT = re.compile(r"\bFOR (NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)(?: OF (\w+))?( SKIP LOCKED)?", re.IGNORECASE)
WRITE = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM) (\w+)", re.IGNORECASE)
FROM = re.compile(r"\bFROM (\w+)")

CONFLICTS = {
    "KEY SHARE": {"UPDATE"},
    "SHARE": {"UPDATE", "NO KEY UPDATE"},
    "NO KEY UPDATE": {"UPDATE", "NO KEY UPDATE", "SHARE"},
    "UPDATE": {"UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"},
    "INSERT": {"INSERT"},
    "LOCK": {"LOCK"},
}
"""https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS; a new row stops only its like."""

INTAKE, INCIDENT, FEED = "intake's advisory lock", "incident", "feed lock"

Lock = tuple[str, str]
"""What, and in which mode."""


def locks_of(statement: str, parameters: object = ()) -> list[Lock]:
    """What a statement locks, in the order in which it does. A new row that points nowhere locks nothing there."""
    if "pg_advisory_xact_lock(" in statement:
        return [(INTAKE, "LOCK")]
    if "journal_write(" in statement:
        return [*_selected(statement), (FEED, "LOCK")]
    written = WRITE.match(statement)
    found = [] if written is None else _written(written[1].upper(), written[2], statement, parameters)
    return [*found, *_selected(statement)]


def _selected(statement: str) -> list[Lock]:
    """What is selected in order to be locked. Who skips what is locked waits for nobody."""
    return [
        (table or FROM.search(statement)[1], mode.upper())
        for mode, table, skip in SELECT.findall(statement)
        if not skip
    ]


def _written(verb: str, table: str, statement: str, parameters: object) -> list[Lock]:
    """A row is locked by what is done to it, and those that it points to against going away."""
    mode = {"INSERT INTO": "INSERT", "UPDATE": "NO KEY UPDATE", "DELETE FROM": "UPDATE"}[verb]
    if verb == "DELETE FROM":
        return [(table, mode)]
    given = (
        statement.partition("VALUES")[0]
        if verb == "INSERT INTO"
        else statement.partition(" SET ")[2].partition(" WHERE ")[0]
    )
    columns = metadata.tables[table].columns if table in metadata.tables else ()
    named = [c for c in columns if c.foreign_keys and re.search(rf"\b{c.name}\b", given)]
    if verb == "INSERT INTO":
        named = [c for c in named if not _null(c.name, given, parameters)]
    targets = sorted({key.column.table.name for c in named for key in c.foreign_keys})
    found = [(table, mode)] + [(target, "KEY SHARE") for target in targets]
    return [*found, (table, "NO KEY UPDATE")] if "DO UPDATE" in statement else found


def _null(column: str, given: str, parameters: object) -> bool:
    """Whether the one row of an INSERT has no value for a column."""
    names = re.findall(r"\w+", given.partition("(")[2])
    single = isinstance(parameters, tuple) and len(parameters) >= len(names)
    return single and column in names and parameters[names.index(column)] is None


class LockWatch:
    """Listens to every engine of the process, and keeps each order of locks that a transaction took."""

    def __init__(self) -> None:
        self.orders: dict[tuple[Lock, ...], str] = {}
        """Each order of locks, and where it was first seen."""
        self.where = ""

    def __enter__(self) -> Self:
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Engine, "commit", self._ended)
        event.listen(Engine, "rollback", self._ended)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "after_cursor_execute", self._executed)
        event.remove(Engine, "commit", self._ended)
        event.remove(Engine, "rollback", self._ended)

    def _executed(self, connection, _cursor, statement, parameters, *_: object) -> None:
        taken = connection.info.setdefault("locks", [])
        if "journal_write(" in statement and '"numbered":true' in str(parameters):
            # It counts up the numbers of incidents: rows that must be locked, or made, by this transaction already.
            held = [*taken, *_selected(statement)]
            assert any(what == INCIDENT and mode != "KEY SHARE" for what, mode in held), (held, parameters)
        for what, mode in locks_of(statement, parameters):
            # What is locked as strongly already is not waited for again. An incident that was made by this transaction
            # is seen by nobody else yet; others are locked by a SELECT before they are updated (docs/locks.md).
            if what == INCIDENT and (INCIDENT, "INSERT") in taken and not SELECT.search(statement):
                continue
            if not any(what == held and CONFLICTS[mode] <= CONFLICTS[how] for held, how in taken):
                taken.append((what, mode))

    def _ended(self, connection) -> None:
        taken = connection.info.pop("locks", [])
        if taken:
            self.orders.setdefault(tuple(taken), self.where)


def opposed(orders: dict[tuple[Lock, ...], str], owned: frozenset[str] = frozenset()) -> dict:
    """Pairs of things that are locked in both orders, in modes that wait for each other, with an example of each.

    `owned`: tables whose rows belong to one incident; under that incident's lock they are nobody else's business.
    """
    seen: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for order, where in orders.items():
        for (first, mode), (second, other) in combinations(_counting(order, owned), 2):
            if first != second:
                seen[first, second].append((mode, other, where))
    found = {}
    for (first, second), ways in seen.items():
        for back, there, elsewhere in seen.get((second, first), ()) if first < second else ():
            for mode, other, where in ways:
                if there in CONFLICTS[mode] and back in CONFLICTS[other]:
                    found[first, second] = (f"{mode}, {other} in {where}", f"{back}, {there} in {elsewhere}")
    return found


def _counting(order: tuple[Lock, ...], owned: frozenset[str]) -> list[Lock]:
    """Locks for which somebody else might wait or be waited for."""
    under = next((i for i, (what, mode) in enumerate(order) if what == INCIDENT and mode != "KEY SHARE"), len(order))
    return [lock for i, lock in enumerate(order) if i <= under or lock[0] not in owned]
