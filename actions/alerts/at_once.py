"""Deliveries that need no looking about, taken in one statement, or in two: one that looks, and one that writes.

Most are such: alerts that are known already, and new ones that join the open incident of their monitor's group, or that
belong to none. What else there may be (an incident to open, an end, alerts that come together by labels, flap, or go on
from earlier ones) goes the long way (actions.alerts.intake), and so does whatever moved between the two statements:
the second one looks again at what the first one found, under the locks of the long way and in their order. All ways
come to the same, which a test shows. Where this process stored alerts of a group before, nobody looks first
(actions.alerts.acquainted).

Deliveries that arrive at the same time are taken together (actions.alerts.combining).
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, islice
from typing import Any
from weakref import WeakKeyDictionary

from actions.alerts.acquainted import Acquainted
from actions.alerts.at_once_rows import STAGES, rows_of
from actions.alerts.at_once_sql import SEE, WRITE
from actions.alerts.combining import AGAIN, Again, Combiner
from actions.alerts.deciding import Choices, Delivered, Seen, decide
from actions.alerts.group import NormalisedGroup, Receipt, fold
from actions.alerts.rulebook import Rulebook, forget_rulebook, read_rulebook
from actions.violations import COLLISIONS, TOO_LONG, UNIQUE
from auth.permission import Permission, require
from core.correlation import carried
from core.db import Database
from core.journal import enqueuing
from core.outage import outage_of
from core.rows import draft
from core.statements_traced import sent
from models.alert import AlertSource
from models.incident import Incident
from models.words import Stage, Visibility

SAME_ALERT = "uq_alert_source_id_fingerprint_starts_at"
"""The constraint that another delivery of the same alerts runs into."""

_acquainted: WeakKeyDictionary[Database, Acquainted] = WeakKeyDictionary()
_combiners: WeakKeyDictionary[Database, Combiner[Delivered, Receipt | None]] = WeakKeyDictionary()


async def take_at_once(database: Database, source: AlertSource, group: NormalisedGroup) -> Receipt | None:
    """Store a group if that can be done at once; None: nothing was done, and it must go the long way.

    What passes, such as a lost connection, goes the long way too: there it is tried again, or said what is wrong. If it
    was lost between commit and answer, alerts are counted once more, as when a monitor delivers again.
    """
    if any(alert.continues or not alert.firing or alert.service_id is not None for alert in group.alerts):
        return None
    alerts = fold(group.alerts)
    delivered = Delivered(source, group, alerts, [alert.starts_at.isoformat() for alert in alerts], carried())
    require(delivered.actor, Permission.REPORT)
    try:
        return await _combiner(database).take(delivered)
    except Exception as error:
        if _passes(error):
            return None
        raise


def _passes(error: Exception) -> bool:
    """Whether it is nobody's fault: the connection, a wait that took too long, or others that were faster."""
    state = getattr(error, "sqlstate", None)
    stored = state == UNIQUE and getattr(error, "constraint_name", None) == SAME_ALERT
    gone = isinstance(error, TimeoutError) or outage_of(error) is not None
    return stored or gone or state in COLLISIONS or state in TOO_LONG


def _combiner(database: Database) -> Combiner[Delivered, Receipt | None]:
    """What takes the deliveries of this process."""
    found = _combiners.get(database)
    if found is None:

        async def together(deliveries: Sequence[Delivered]) -> Sequence[Receipt | Again | None]:
            return await take_together(database, deliveries)

        async def alone(delivery: Delivered) -> Receipt | None:
            outcome = (await take_together(database, [delivery], patient=True))[0]
            return None if isinstance(outcome, Again) else outcome

        found = _combiners[database] = Combiner(together, alone)
    return found


async def take_together(
    database: Database, deliveries: Sequence[Delivered], *, patient: bool = False
) -> list[Receipt | Again | None]:
    """Store deliveries of different groups in one transaction; what became of each.

    None: it must go the long way. AGAIN: it moved, or was not free, for which only who is `patient` waits.
    """
    book, moment = await read_rulebook(database), database.clock.now()
    choices, acquainted = Choices(book, moment), _acquainted.setdefault(database, Acquainted())
    guesses = [None if patient else acquainted.guess(each, moment) for each in deliveries]
    unknown = [each for each, guess in zip(deliveries, guesses, strict=True) if guess is None]
    async with database.driver() as driver:
        looked = iter(await look(driver, database, book, unknown, moment) if unknown else ())
        seen = [guess if guess is not None else next(looked) for guess in guesses]
        decided = [
            found
            for place, (delivered, each) in enumerate(zip(deliveries, seen, strict=True))
            if each is not None and (found := decide(place, delivered, each, choices)) is not None
        ]
        outcomes: dict[int, Receipt | Again | None] = {}
        while decided:
            stored = rows_of(database, decided, choices, book.newest, moment)
            with enqueuing(stored.journal), sent(WRITE):
                row = await driver.fetchrow(WRITE, patient, *stored.values)
            moved = [decided[number - 1] for number in row["moved"] or ()]
            if not moved:
                stored.journal.cursor = row["newest"]
                database.committed(stored.journal)
                made = iter(row["made"] or ())
                for each in decided:
                    acquainted.keep(each, list(islice(made, len(each.new))), moment)
                    outcomes[each.place] = each.receipt
                break
            for each in moved:
                acquainted.forget(each.delivered)
                outcomes[each.place] = AGAIN
            decided = [each for each in decided if each not in moved]
    return [outcomes.get(place) for place in range(len(deliveries))]


async def look(
    driver: Any, database: Database, book: Rulebook, deliveries: Sequence[Delivered], moment: datetime
) -> list[Seen | None]:
    """What there is of each delivery; None for one that can't be taken at once."""
    row = await driver.fetchrow(
        SEE,
        [each.source.id for each in deliveries],
        [each.group.key for each in deliveries],
        [number for number, each in enumerate(deliveries, 1) for _ in each.alerts],
        [alert.fingerprint for each in deliveries for alert in each.alerts],
        [start for each in deliveries for start in each.starts],
        moment,
    )
    if (row["rules"], row["silences"]) != book.newest:
        forget_rulebook(database)
        return [None for _ in deliveries]
    ends = list(accumulate(each.weight for each in deliveries))
    return [_seen(row, place, end - deliveries[place].weight, end) for place, end in enumerate(ends)]


def _seen(row: Any, place: int, first: int, end: int) -> Seen | None:
    """What a row tells of a delivery whose alerts are those from `first` on."""
    keys = row["keys"][first:end]
    if row["archived"][place] or row["looked_after"][place]:
        return None
    if None in keys and any(key is None and known for key, known in zip(keys, row["before"][first:end], strict=True)):
        return None
    return Seen(
        keys, _home(row["incidents"][place], row["stages"][place], row["seen_by"][place]), row["untouched"][place]
    )


def _home(key: int | None, stage: str | None, visibility: str | None) -> Incident | None:
    if key is None or visibility is None or stage not in STAGES:
        return None
    return draft(Incident, id=key, stage=Stage(stage), visibility=Visibility(visibility), followed=False)
