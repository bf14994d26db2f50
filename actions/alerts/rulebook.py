"""What decides what becomes of an alert, remembered by each process: routes, silences, and planned work.

Forgotten when anything else than alerts, incidents and their like changes; and, as another process may not have been
told yet, compared with what the table says of the newest rules and silences whenever alerts are taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from actions.alerts.holds import Holds, at_work, held_by_work
from actions.alerts.quiet import Hold
from actions.alerts.routes_known import KnownRoutes
from actions.alerts.routing import Route, read_routes
from core.db import Database
from core.remembered import Remembered
from core.rows import still
from models.alert import RoutingRule, RoutingVersion
from models.silence import Silence

KEY = b"rulebook"
HARMLESS = (
    *("alert.", "alert_storm.", "alerts.", "incident.", "entry.", "page.", "paging.", "delivery.", "task.", "role."),
    *("update.", "outward.", "reminder.", "workflow."),
)
"""What happens all the time, and changes no rule."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Routes in their order, silences that have not ended, and what tells whether there are newer ones."""

    routes: KnownRoutes
    silences: Sequence[Silence]
    works: Mapping[int, Hold]
    """Planned work that runs, by service."""
    newest: tuple[int, int]
    """The version of the rules, and the key of the newest silence."""

    def holds(self, moment: datetime) -> Holds:
        """What holds alerts back at a moment, of groups that nobody snoozed."""
        return Holds([each for each in self.silences if each.starts_at <= moment < each.ends_at], self.works, None)


_books: WeakKeyDictionary[Database, Remembered[Rulebook]] = WeakKeyDictionary()


def memory_of(database: Database) -> Remembered[Rulebook]:
    """What this process remembers. It is told of its own commits; of others' by whoever follows the feed."""
    known = _books.get(database)
    if known is None:
        known = _books[database] = Remembered(lambda kind: not kind.startswith(HARMLESS))
        database.watchers.append(known.on_commit)
    return known


async def read_rulebook(database: Database) -> Rulebook:
    """The rulebook of now, as far as this process knows."""

    async def read() -> Rulebook:
        async with database.rehearsal() as session:  # what the intake reads by, and nothing is written
            newest = (await session.execute(select(*NEWEST))).one()
            routes = await read_routes(session)
            wanted = select(Silence).where(Silence.ends_at > database.clock.now())
            silences = (await session.scalars(wanted.order_by(Silence.ends_at.desc(), Silence.id))).all()
            works = {row.service_id: held_by_work(row.number, row.title) for row in await session.execute(at_work())}
            known = KnownRoutes([_still(each) for each in routes])
            return Rulebook(known, [still(each) for each in silences], works, (newest[0], newest[1]))

    found = await memory_of(database).get(KEY, read)
    assert found is not None  # noqa: S101 (there is always one)
    return found


def _still(route: Route) -> Route:
    service = still(route.service) if route.service is not None else None
    severity = still(route.severity) if route.severity is not None else None
    return Route(still(cast("RoutingRule", route.rule)), service, severity)


def forget_rulebook(database: Database) -> None:
    """Have it read again: there are newer rules than it knows of."""
    memory_of(database).forget()


NEWEST = (
    select(func.coalesce(func.max(RoutingVersion.version), 0)).scalar_subquery(),
    select(func.coalesce(func.max(Silence.id), 0)).scalar_subquery(),
)
