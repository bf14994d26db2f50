"""Deliveries that need no looking about, taken in two statements: one that looks, and one that writes.

Most are such: alerts that are known already, and new ones that join the open incident of their monitor's group, or that
belong to none. What else there may be (an incident to open, an end, alerts that come together by labels, flap, or go on
from earlier ones) goes the long way (actions.alerts.intake), and so does whatever moved between the two statements:
the second one looks again at what the first one found, under the locks of the long way and in their order. Both ways
come to the same, which a test shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from actions.alerts.at_once_sql import COUNT, LOOK, MOVED, TAKE
from actions.alerts.bundles import bundled
from actions.alerts.group import NormalisedAlert, NormalisedGroup, Receipt, fold
from actions.alerts.holds import Holds
from actions.alerts.intake import Delivery, record_new
from actions.alerts.routing import route_of
from actions.alerts.rows import Fresh, row_of
from actions.alerts.rulebook import Rulebook, forget_rulebook, read_rulebook
from actions.violations import COLLISIONS, TOO_LONG
from auth.actor import integration
from auth.permission import Permission, require
from core.correlation import carried
from core.db import Database
from core.journal import Journal, enqueuing, journal_of
from core.outage import outage_of
from core.rows import draft
from core.statements_traced import sent
from models.alert import AlertSource
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.words import Stage, Visibility

STAGES = sorted(OPEN_STAGES)
UNKNOWN = 0
"""The key of an alert before it is stored: the statement that stores it puts the right one into its events."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of a delivery."""

    known: Mapping[int, int]
    """The keys of the alerts that are there already, by their place in the delivery."""
    home: Incident | None
    """The open incident of the group."""
    untouched: bool
    """Whether it was not noted for a while that the source is alive."""


async def take_at_once(database: Database, source: AlertSource, group: NormalisedGroup) -> Receipt | None:
    """Store a group if that can be done at once; None: nothing was done, and it must go the long way.

    What passes, such as a lost connection, goes the long way too: there it is tried again, or said what is wrong. If it
    was lost between commit and answer, alerts are counted once more, as when a monitor delivers again.
    """
    if any(alert.continues or not alert.firing or alert.service_id is not None for alert in group.alerts):
        return None
    try:
        return await _take(database, source, group, fold(group.alerts))
    except Exception as error:
        state = getattr(error, "sqlstate", None)
        if state in COLLISIONS or state in TOO_LONG or isinstance(error, TimeoutError) or outage_of(error) is not None:
            return None
        raise


async def _take(
    database: Database, source: AlertSource, group: NormalisedGroup, alerts: Sequence[NormalisedAlert]
) -> Receipt | None:
    book, moment = await read_rulebook(database), database.clock.now()
    async with database.driver() as driver:
        seen = await look(driver, database, book, source, group, alerts, moment)
        if seen is None:
            return None
        new = [alert for place, alert in enumerate(alerts) if place not in seen.known]
        counted = {key: alerts[place].sightings for place, key in seen.known.items()}
        if new:
            holds = book.holds(moment)
            fresh = [_fresh(book, holds, source, alert) for alert in new]
            taken = await _store(driver, database, source, group, fresh, seen, counted, moment)
            if not taken:
                return None
        else:
            await driver.execute(COUNT, list(counted), list(counted.values()), moment, source.id, seen.untouched)
    home = seen.home
    return Receipt(
        received=len(group.alerts),
        created=len(new),
        repeated=len(group.alerts) - len(new),
        incident=home.reference if home is not None and not home.private else None,
    )


async def look(
    driver: Any,
    database: Database,
    book: Rulebook,
    source: AlertSource,
    group: NormalisedGroup,
    alerts: Sequence[NormalisedAlert],
    moment: datetime,
) -> Seen | None:
    """What there is of a delivery; None if it can't be taken at once."""
    row = await driver.fetchrow(
        LOOK, source.id, group.key, [a.fingerprint for a in alerts], [a.starts_at for a in alerts], moment
    )
    if (row["rules"], row["silences"]) != book.newest:
        forget_rulebook(database)
        return None
    if (
        row["archived"]
        or row["looked_after"]
        or any(before and key is None for key, before in zip(row["keys"], row["before"], strict=True))
    ):
        return None
    known = {place: key for place, key in enumerate(row["keys"]) if key is not None}
    return Seen(known, _home(row), row["untouched"])


def _home(row: Any) -> Incident | None:
    if row["incident_id"] is None or row["stage"] not in STAGES:
        return None
    return draft(
        Incident,
        id=row["incident_id"],
        stage=Stage(row["stage"]),
        visibility=Visibility(row["visibility"]),
        followed=False,
    )


def _fresh(book: Rulebook, holds: Holds, source: AlertSource, alert: NormalisedAlert) -> Fresh:
    route = route_of(book.routes, alert, source.name)
    service = route.service_id if route is not None else None
    return Fresh(alert, route, holds.of(source.id, service, alert.labels))


def _pages(fresh: Fresh) -> bool:
    """Whether people are paged, or asked, for an alert that belongs to no incident."""
    return fresh.route is not None and fresh.route.pages and fresh.suppressed_because is None


async def _store(
    driver: Any,
    database: Database,
    source: AlertSource,
    group: NormalisedGroup,
    fresh: Sequence[Fresh],
    seen: Seen,
    counted: Mapping[int, int],
    moment: datetime,
) -> bool:
    """Write new alerts with their events; False if they would open an incident, or something moved meanwhile."""
    bundles = bundled((each.alert, each.route) for each in fresh if each.suppressed_because is None)
    if any(bundle.key is not None for bundle in bundles):
        return False
    home = seen.home if bundles else None
    if home is None and any(bundle.creating or bundle.services for bundle in bundles):
        return False
    placed = {alert.identity for bundle in bundles for alert, _ in bundle.alerts} if home is not None else set()
    if any(_pages(each) and each.alert.identity not in placed for each in fresh):
        return False
    actor = integration(source.id, source.name)
    require(actor, Permission.REPORT)
    paper = database.paper()
    delivery = Delivery(paper, actor, source, group, [each.alert for each in fresh])
    journal, rows, of = journal_of(paper), [], list[int]()
    for place, each in enumerate(fresh):
        mine = home if each.alert.identity in placed else None
        record_new(delivery, UNKNOWN, each, mine)
        of += [place] * (len(journal.events) - len(of))
        rows.append({**row_of(each, moment), "incident_id": mine.id if mine is not None else None})
    written = await _taken(
        driver,
        journal,
        source.id,
        group.key,
        home.id if home is not None else None,
        STAGES,
        home.visibility if home is not None else None,
        orjson.dumps(rows).decode(),
        orjson.dumps(journal.events).decode(),
        of,
        orjson.dumps(journal.jobs).decode(),
        list(counted),
        list(counted.values()),
        moment,
        seen.untouched,
    )
    if written == MOVED:
        return False
    database.committed(journal)
    return True


async def _taken(driver: Any, journal: Journal, *given: Any) -> Any:
    """What the second statement says; the jobs of the journal carry the request that they come of."""
    with enqueuing(journal), sent(TAKE):
        return await driver.fetchval(TAKE, *given, carried())
