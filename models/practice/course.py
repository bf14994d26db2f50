"""What is known of an incident when it is judged, and what comes of that. Plain values: nothing here asks anybody."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from models.practice.words import Verdict
from models.severity import Obligations
from models.words import ActionItemState, Audience, IncidentKind, Stage, Visibility


class Step(NamedTuple):
    """An event of the incident, as far as checks look at it. A tuple, as rows are: there are many."""

    incident_id: int
    id: int
    number: int
    kind: str
    recorded_at: datetime
    actor_kind: str
    actor_id: int | None
    about: str | None = None
    """What its fact is about: the role, the version of the severity, the new stage, the update, or marks of blame."""
    user_id: str | None = None
    audience: str | None = None
    promised_by: str | None = None


class Holding(NamedTuple):
    """Who had a role, from when to when. `wrote`, `entries`: how much the holder wrote meanwhile, and where."""

    role_id: int
    role: str
    user_id: int
    assumed_at: datetime
    relinquished_at: datetime | None
    wrote: int = 0
    entries: tuple[int, ...] = ()


class Said(NamedTuple):
    """An update: to whom, when it was written, and the promise that it answered."""

    id: int
    audience: Audience
    written_at: datetime
    promised_by: datetime | None


class Item(NamedTuple):
    """An action item."""

    id: int
    state: ActionItemState
    assigned: bool
    due_on: date | None
    done_at: datetime | None


@dataclass(slots=True)
class Course:
    """One incident at a place in the feed. `moment` is that of the newest event there: nothing is due later."""

    id: int
    kind: IncidentKind
    stage: Stage
    visibility: Visibility
    detected_at: datetime
    acknowledged_at: datetime | None
    declared_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    obligations: Obligations | None
    moment: datetime
    scribe_id: int | None = None
    """The key of the role that keeps the record."""
    steps: dict[str, list[Step]] = field(default_factory=dict)
    """Its events by kind, each in order."""
    holdings: list[Holding] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    calls: int | None = None
    """How often the person who was called most had been called within seven days; None: nobody was called."""
    call_numbers: tuple[int, ...] = ()

    def of(self, *kinds: str) -> list[Step]:
        """Its events of some kinds, in order."""
        if len(kinds) == 1:
            return self.steps.get(kinds[0], [])
        return sorted(chain.from_iterable(self.steps.get(kind, ()) for kind in kinds), key=lambda step: step.id)


class Finding(NamedTuple):
    """How an incident stands against a check, in a sentence, with the numbers of the events that show it."""

    verdict: Verdict
    sentence: str
    events: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    """Action items that show it."""


def passed(sentence: str, *events: int, items: tuple[int, ...] = ()) -> Finding:
    """It is as it should be."""
    return Finding(Verdict.PASS, sentence, events, items)


def failed(sentence: str, *events: int, items: tuple[int, ...] = ()) -> Finding:
    """It is not."""
    return Finding(Verdict.FAIL, sentence, events, items)


def unknown(sentence: str, *events: int, items: tuple[int, ...] = ()) -> Finding:
    """It can't be told, or not yet."""
    return Finding(Verdict.UNKNOWN, sentence, events, items)


def beside(sentence: str) -> Finding:
    """The check does not apply."""
    return Finding(Verdict.NOT_APPLICABLE, sentence)
