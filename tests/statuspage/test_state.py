"""The banner: what a customer notices in one sentence, since when, and the promise."""

from datetime import UTC, datetime, timedelta

import pytest

from models.uptime import Span
from models.words import ComponentStatus, PublicStatus
from statuspage.read import Part, Said, Site, Thread
from statuspage.state import banner, kept_promise, next_promise, title_of
from statuspage.words import Calendar

NOW = datetime(2026, 11, 24, 3, 44, tzinfo=UTC)
CALENDAR = Calendar("UTC", NOW)
FINE, WORK, SLOW, PARTIAL, DOWN = ComponentStatus
INVESTIGATING, MONITORING, RESOLVED = PublicStatus.INVESTIGATING, PublicStatus.MONITORING, PublicStatus.RESOLVED


def part(key, name, status=FINE, minutes=12):
    spans = () if status is FINE else (Span(status, NOW - timedelta(minutes=minutes), None),)
    return Part(key, name, None, status, NOW - timedelta(days=99), archived=False, spans=spans)


def said(number, status, ago, *, promised=None, promises=None, changes=()):
    """An update `ago` minutes ago; promises in minutes from now."""
    return Said(
        number=number,
        status=status,
        body="…",
        published_at=NOW - timedelta(minutes=ago),
        edited_at=None,
        withdrawn_at=None,
        promised_by=None if promised is None else NOW + timedelta(minutes=promised),
        next_update_by=None if promises is None else NOW + timedelta(minutes=promises),
        changes=changes,
    )


def site(*parts, threads=()):
    return Site("Quillhaven", "UTC", None, NOW, parts, threads)


NAMES = ("Checkout", "Search", "Mail", "Returns")


@pytest.mark.parametrize(
    ("statuses", "shape", "sentence"),
    [
        ([FINE, FINE, FINE], "operational", "Everything is working."),
        ([DOWN, FINE, FINE], "major", "Checkout is down."),
        ([DOWN, DOWN, FINE], "major", "Checkout and Search are down."),
        ([DOWN, DOWN, DOWN], "major", "Quillhaven is down."),
        ([DOWN, DOWN, DOWN, FINE], "major", "Much of Quillhaven is down."),
        ([PARTIAL, SLOW, FINE], "partial", "Part of Checkout isn't working."),
        ([PARTIAL, PARTIAL, PARTIAL], "partial", "Part of Quillhaven isn't working."),
        ([SLOW, FINE], "degraded", "Checkout is slow."),
        ([SLOW, SLOW], "degraded", "Checkout and Search are slow."),
        ([SLOW, SLOW, SLOW], "degraded", "Some things are slow."),
        ([WORK, FINE], "maintenance", "Planned work is under way."),
        ([], "operational", "Everything is working."),
    ],
)
def test_the_sentence_of_each_state(statuses, shape, sentence):
    parts = [part(key, NAMES[key], status) for key, status in enumerate(statuses)]
    told = banner(site(*parts), CALENDAR)
    assert (told.shape, told.sentence) == (shape, sentence)


def test_the_kicker_says_since_when_and_the_rest_what_else():
    told = banner(site(part(1, "Checkout", DOWN), part(2, "Search", SLOW, 50), part(3, "Mail")), CALENDAR)
    assert told.kicker == "Major outage since 03:32 UTC, 12 min"
    assert told.detail == "Search: degraded performance. The other component is operational."


def test_the_rest_is_counted_when_it_is_long():
    many = [part(key, f"Part {key}", SLOW) for key in range(9)]
    assert banner(site(*many), CALENDAR).detail.endswith("; 4 more.")
    well = [part(1, "Checkout", DOWN), part(2, "Search"), part(3, "Mail")]
    assert banner(site(*well), CALENDAR).detail == "The other 2 are operational."
    assert banner(site(part(1, "Checkout", DOWN)), CALENDAR).detail is None
    assert banner(site(part(1, "Checkout"), part(2, "Search")), CALENDAR).detail == "All 2 components are operational."


def test_an_incident_that_names_no_component_is_still_said():
    thread = Thread(7, "Mails come late", (said(1, INVESTIGATING, 20, promises=16),))
    told = banner(site(part(1, "Checkout"), threads=(thread,)), CALENDAR)
    assert (told.shape, told.sentence) == ("degraded", "We are looking into a problem.")
    assert told.kicker == "Mails come late, since 03:24 UTC"
    assert told.promise.words == "Next update by 04:00 UTC"
    watched = Thread(7, None, (said(1, MONITORING, 20),))
    told = banner(site(part(1, "Checkout"), threads=(watched,)), CALENDAR)
    assert (told.shape, told.sentence) == ("operational", "A fix is in place, and we are watching it.")


def test_what_could_not_be_checked_is_not_claimed():
    told = banner(site(part(1, "Checkout")), CALENDAR, confirmed=False)
    assert (told.shape, told.state) == ("unknown", "UNKNOWN")
    assert told.sentence == "We can't confirm the current state."
    assert told.kicker == "Last checked 03:44 UTC; what is shown may be old"


@pytest.mark.parametrize(
    ("due", "kept", "words"),
    [
        (16, "due", "Next update by 04:00 UTC"),
        (0, "late", "We promised an update by 03:44 UTC and have not posted it yet."),
        (-4, "late", "We promised an update by 03:40 UTC and have not posted it yet. 4 min late."),
        (-60 * 24, "late", "We promised an update by Mon 23 Nov, 03:44 UTC and have not posted it yet. 1 d late."),
    ],
)
def test_a_promise_is_due_and_then_late(due, kept, words):
    promise = next_promise(Thread(7, None, (said(1, INVESTIGATING, 2000, promises=due),)), CALENDAR)
    assert (promise.kept, promise.words) == (kept, words)


def test_the_banner_shows_the_promise_that_is_due_first():
    threads = (
        Thread(7, None, (said(1, INVESTIGATING, 20, promises=16),)),
        Thread(8, None, (said(1, INVESTIGATING, 20, promises=-3),)),
        Thread(9, None, (said(1, INVESTIGATING, 20),)),
    )
    assert banner(site(part(1, "Checkout", DOWN), threads=threads), CALENDAR).promise.kept == "late"


def test_an_update_says_whether_it_kept_its_promise():
    first = said(1, INVESTIGATING, 60, promised=-70, promises=-30)
    in_time, late = said(2, MONITORING, 30, promised=-30), said(3, RESOLVED, 10, promised=-16)
    thread = Thread(7, None, (first, in_time, late))
    assert kept_promise(first, thread, CALENDAR) is None
    assert kept_promise(in_time, thread, CALENDAR).words == "Promised by 03:14, kept"
    assert kept_promise(late, thread, CALENDAR).words == "Promised by 03:28, posted 6 min late."
    assert next_promise(thread, CALENDAR) is None


def test_an_incident_is_called_by_its_public_title_or_by_what_it_disrupts():
    parts = site(part(1, "Checkout"), part(2, "Search"), part(3, "Mail"))
    told = said(1, INVESTIGATING, 9, changes=((3, DOWN), (1, SLOW)))
    assert title_of(Thread(7, "Orders\u202e fail", (told,)), parts) == "Orders fail"
    assert title_of(Thread(7, None, (told,)), parts) == "Disruption of Checkout and Mail"
    assert title_of(Thread(7, None, (said(1, INVESTIGATING, 9),)), parts) == "Service disruption"


def test_over_is_when_it_was_first_said_and_nothing_else_since():
    thread = Thread(7, None, (said(1, INVESTIGATING, 60), said(2, RESOLVED, 30), said(3, RESOLVED, 10)))
    assert thread.ended_at == NOW - timedelta(minutes=30)
    again = Thread(7, None, (*thread.updates, said(4, INVESTIGATING, 5)))
    assert again.ended_at is None
