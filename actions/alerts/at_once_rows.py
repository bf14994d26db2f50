"""What the statement is sent that stores deliveries at once (at_once_sql.WRITE)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from actions.alerts.deciding import Choice, Choices, Decided
from actions.alerts.group import NormalisedAlert
from actions.alerts.intake import record_quiet
from actions.alerts.rows import row_of
from core.db import Database
from core.journal import Journal, PendingEvent, journal_of
from models.facts.alerting import AlertReceived
from models.lifecycle import OPEN_STAGES
from models.words import ActorKind, Visibility

STAGES = sorted(OPEN_STAGES)
UNKNOWN = 0
"""The key of an alert before it is stored: the statement that stores it puts the right one into its events."""
CHOSEN = ("state", "service_id", "silence_id", "maintenance_id", "suppressed_because", "rule_id")
"""The columns of a new alert that it has in common with all of its choice."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is sent, in the order of the function's parameters, and what is told of it once it is committed."""

    values: Sequence[Any]
    journal: Journal


def rows_of(
    database: Database, decided: Sequence[Decided], choices: Choices, newest: tuple[int, int], moment: datetime
) -> Stored:
    """What stores deliveries. Its journal tells of kinds of events: the arrival of alerts stands there once."""
    known = [
        (key, place, each.delivered.alerts[n].sightings)
        for place, each in enumerate(decided, 1)
        for n, key in enumerate(each.seen.keys)
        if key is not None
    ]
    new = [(place, each, n, choice) for place, each in enumerate(decided, 1) for n, choice in each.new]
    numbers: dict[tuple[int, int], int] = {}
    made = [numbers.setdefault((place, choice.number), len(numbers) + 1) for place, _, _, choice in new]
    alerts = [each.delivered.alerts[n] for _, each, n, _ in new]
    all_choices = choices.all
    journal, more_of = _told(
        database, [(each, alert, choice) for (_, each, _, choice), alert in zip(new, alerts, strict=True)], moment
    )
    more = journal.events[1:]
    shared = [_of_all(place, decided[place - 1], all_choices[number - 1], moment) for place, number in numbers]
    homes = [each.seen.home for each in decided]
    values = [
        *newest,
        [each.delivered.source.id for each in decided],
        [each.delivered.group.key for each in decided],
        [home.id if home is not None else None for home in homes],
        [each.joins for each in decided],
        [home.visibility if home is not None else None for home in homes],
        [each.seen.untouched for each in decided],
        [each.seen.guessed for each in decided],
        [each.delivered.trace for each in decided],
        STAGES,
        moment,
        _array([key for key, _, _ in known]),
        _array([place for _, place, _ in known]),
        _array([sightings for _, _, sightings in known]),
        orjson.dumps(shared).decode(),
        [each["delivery"] for each in shared],
        [each["home"] for each in shared],
        _array(made),
        orjson.dumps(
            [
                (a.fingerprint, each.delivered.starts[n], a.title, max(a.sightings, 1), a.labels, a.annotations, a.url)
                for a, (_, each, n, _) in zip(alerts, new, strict=True)
            ]
        ).decode(),
        more_of,
        [event.kind for event in more],
        [orjson.dumps(event.data).decode() for event in more],
    ]
    return Stored(values, journal)


def _array(numbers: Sequence[int]) -> str:
    """An array of PostgreSQL's as text: asyncpg asks of each item of a list whether it is a list."""
    return f"{{{','.join(map(str, numbers))}}}"


def _of_all(place: int, decided: Decided, choice: Choice, moment: datetime) -> dict[str, Any]:
    """What all alerts of a delivery that are of a choice have in common."""
    row = row_of(choice.first, moment)
    return {"delivery": place, "home": decided.joins if choice.places else None, **{name: row[name] for name in CHOSEN}}


def _told(
    database: Database, new: Sequence[tuple[Decided, NormalisedAlert, Choice]], moment: datetime
) -> tuple[Journal, list[int]]:
    """The arrival of alerts, once, then why each is kept quiet that is; and which these are, from 1."""
    if not new:
        return Journal(), []
    quiet = [(n, *each) for n, each in enumerate(new, 1) if each[2].first.suppressed_because is not None]
    if not quiet:
        return Journal([_arrival(moment)]), []
    paper = database.paper()
    for _, each, alert, choice in quiet:
        record_quiet(paper, each.delivered.actor, UNKNOWN, alert.title, choice.first)
    return Journal([_arrival(moment), *journal_of(paper).events]), [n for n, *_ in quiet]


def _arrival(moment: datetime) -> PendingEvent:
    """What stands for the first events of all new alerts: whoever is told of a commit asks for kinds alone."""
    return PendingEvent(AlertReceived.kind, ActorKind.INTEGRATION, None, moment, moment, {}, Visibility.ORGANISATION)
