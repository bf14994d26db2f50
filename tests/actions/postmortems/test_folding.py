"""Which events a long timeline tells one by one."""

import pytest

from actions.postmortems.folding import LINES, Fold, told_and_folded, told_events
from models.event import Event
from models.words import EntryKind

DECISION, NOTE = EntryKind.DECISION, EntryKind.NOTE


def events(*runs):
    """So many events of each kind, one run after the other; entries by the kind of what was written."""
    kinds = [kind for number, kind in runs for _ in range(number)]
    written = [isinstance(kind, EntryKind) for kind in kinds]
    return [
        Event(id=key, kind="entry.added" if entry else kind, entry_kind=kind if entry else None)
        for key, (kind, entry) in enumerate(zip(kinds, written, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (((1, "incident.declared"), (100, NOTE), (49, "alert.received")), list(range(1, 151))),
        (((1, "incident.declared"), (100, DECISION), (200, NOTE)), list(range(1, 102))),
        (
            ((1, "incident.declared"), (200, "page.asked"), (3, "update.published"), (40, DECISION)),
            [1, *range(202, 245)],
        ),
        (
            ((2, "incident.declared"), (9_000, NOTE), (998, DECISION)),
            [1, 2, *range(9_003, 9_077), *range(9_927, 10_001)],
        ),
        (((700, "incident.stage_changed"), (5, DECISION)), [*range(1, 301), *range(401, 701)]),
        ((), []),
    ],
    ids=["short", "decisions before notes", "pages leave room", "as far as there is room", "many key ones", "empty"],
)
def test_of_a_long_timeline_key_moments_are_told(runs, told):
    given = events(*runs)
    found = told_events(given, frozenset())
    assert sorted(found) == told
    lines = list(told_and_folded(given, found))
    assert sum(len(line.events) if isinstance(line, Fold) else 1 for line in lines) == len(given), "nothing is lost"
    assert len([line for line in lines if not isinstance(line, Fold)]) <= max(LINES, 600)


def test_what_is_pinned_is_told():
    assert told_events(events((10_000, NOTE)), frozenset({5_000})) == {5_000}
