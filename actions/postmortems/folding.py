"""Which events a timeline tells one by one: all of a short one; of a long one its key moments, the rest folded.

What is folded is still there: a line says how many events of which kinds it stands for, and has them as its sources.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.event import Event
from models.words import EntryKind

LINES = 150
"""A timeline of so many events is told in full."""
MOST_KEY = 600
"""Lines of the most important kind: beyond, the first and the last ones are told."""

QUIET = frozenset(
    {
        "event.pinned",
        "event.unpinned",
        "member.added",
        "member.removed",
        "action_item.added",
        "action_item.changed",
        "metric.measured",
    }
)
"""Kinds that say nothing about the course of the incident."""

WEIGHTY = (EntryKind.DECISION, EntryKind.ACTION, EntryKind.HYPOTHESIS)


@dataclass(frozen=True, slots=True)
class Fold:
    """Events in a row that are not told one by one."""

    events: tuple[Event, ...]

    @property
    def contents(self) -> str:
        """What is in it, the most frequent first: `180 alert received, 12 note`."""
        counted = Counter(str(e.entry_kind or e.kind).replace(".", " ").replace("_", " ").lower() for e in self.events)
        return ", ".join(f"{count} x {kind}" for kind, count in counted.most_common())


def _rank(event: Event, pinned: frozenset[int]) -> int:
    """0 is never left out lightly, 4 first."""
    if event.id in pinned or event.kind.startswith(("incident.", "role.")):
        return 0
    if event.entry_kind is not None:
        return 1 if event.entry_kind in WEIGHTY else 3
    if event.kind.startswith(("update.", "change.")):
        return 1
    return 2 if event.kind.startswith(("page.", "outward.", "runbook.", "reminder.")) else 4


def told_events(events: Sequence[Event], pinned: frozenset[int]) -> frozenset[int]:
    """The ids of the events to be told one by one: rank after rank, as long as a rank fits whole.

    What people decided and said is told as far as there is room: however much there is, some of it says more than none.
    """
    ranks: list[list[int]] = [[], [], [], [], []]
    for event in events:
        if event.kind not in QUIET:
            ranks[_rank(event, pinned)].append(event.id)
    found = _ends(ranks[0], MOST_KEY)
    found |= _ends(ranks[1], max(LINES - len(found), 0))
    for rank in ranks[2:]:
        if len(found) + len(rank) > LINES:
            break
        found |= set(rank)
    return frozenset(found)


def _ends(keys: Sequence[int], room: int) -> set[int]:
    """All, if there is room; else the first ones and the last ones, as many of each."""
    half = room // 2
    return set(keys) if len(keys) <= room else {*keys[:half], *keys[len(keys) - half :]}


def told_and_folded(events: Sequence[Event], told: frozenset[int]) -> Iterator[Event | Fold]:
    """A timeline: events that are told, and between them what is folded."""
    waiting: list[Event] = []
    for event in events:
        if event.kind in QUIET:
            continue
        if event.id not in told:
            waiting.append(event)
            continue
        if waiting:
            yield Fold(tuple(waiting))
            waiting = []
        yield event
    if waiting:
        yield Fold(tuple(waiting))
