# ruff: noqa: DTZ001 (clocks as they hang on a wall)
"""What is read of other tools' exports: who is on call stays the same, and what is lost is said.

Whoever is on call is worked out here again from the vendors' words, by walking through their clocks.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.yaml_files import read_objects
from server.remote.failures import FaultyError
from server.remote.moving import goalert, grafana_oncall, opsgenie, pagerduty
from server.remote.moving.documents import as_text, documents
from tests.moving import exports
from tests.moving.exports import NOW, PEOPLE, on_call, samples

CONTRACTS = Path(__file__).parents[3] / "shared/contracts"
READERS = {
    "pagerduty": (pagerduty.read, exports.pagerduty),
    "opsgenie": (opsgenie.read, exports.opsgenie),
    "grafana-oncall": (grafana_oncall.read, exports.grafana_oncall),
    "goalert": (goalert.read, exports.goalert),
}


def wall(moment, zone):
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def turn(at, first, days):
    """Which turn it is, of so many days, by the clocks."""
    return (at - first) // timedelta(days=days)


def minutes(at):
    return at.hour * 60 + at.minute


def by_pagerduty(moment):
    at = wall(moment, "Europe/Berlin")
    if datetime(2026, 11, 25, tzinfo=UTC) <= moment < datetime(2026, 11, 25, 6, tzinfo=UTC):
        return {"Primary": "ada"}
    if at.hour >= 20 or at.hour < 8:
        return {"Primary": ("chi", "ben")[turn(at, datetime(2025, 12, 29, 20), 7) % 2]}
    return {"Primary": PEOPLE[turn(at, datetime(2026, 2, 28, 9), 1) % 3]}


def by_opsgenie(moment):
    at = wall(moment, "America/New_York")
    first, covered = (
        datetime(2026, 3, 2, 8),
        datetime(2026, 11, 26, tzinfo=UTC) <= moment < datetime(2026, 11, 27, tzinfo=UTC),
    )
    day = 8 * 60 <= minutes(at) < 20 * 60 + 30
    begun = (at - timedelta(days=at.hour < 8)).weekday()
    who = None
    if day:
        who = PEOPLE[turn(at, first, 1) % 2]
    elif begun in (0, 4):
        who = PEOPLE[1 + turn(at, first, 14) % 2]
    backup = ("chi", "ada")[(at - first) // timedelta(hours=12) % 2]
    return {"Payments": "chi" if covered else who, "Payments (Backup)": None if covered else backup}


def by_grafana_oncall(moment):
    at = wall(moment, "Australia/Sydney")
    if datetime(2026, 11, 28, 9) <= at < datetime(2026, 11, 28, 10):
        return {"Web": "ben"}
    if at.weekday() < 5 and 9 <= at.hour < 17:
        return {"Web": ("chi", "ada")[turn(at, datetime(2026, 2, 2), 7) % 2]}
    return {"Web": ("ben", "chi", "ada")[turn(at, datetime(2026, 2, 1, 10), 1) % 3]}


def by_goalert(moment):
    at = wall(moment, "America/Chicago")
    now = turn(wall(NOW, "America/Chicago"), datetime(2026, 3, 2, 9), 7)
    who = None
    if at.weekday() >= 5:
        who = "ada"
    elif 8 <= at.hour < 18:
        who = PEOPLE[(1 + turn(at, datetime(2026, 3, 2, 9), 7) - now) % 3]
        if who == "ben" and moment < datetime(2026, 11, 26, tzinfo=UTC):
            who = "ada"
    return {"Web": who, "Web (Chi)": "chi"}


@pytest.mark.parametrize("vendor", READERS)
def test_whoever_is_on_call_there_is_on_call_here(vendor):
    read, made = READERS[vendor]
    moved = read(made(), NOW)
    theirs = globals()[f"by_{vendor.replace('-', '_')}"]
    for moment in samples():
        expected = theirs(moment)
        assert {name: on_call(moved, name, moment) for name in expected} == expected, moment


@pytest.mark.parametrize("vendor", READERS)
def test_the_same_export_gives_the_same_files_a_month_later_and_they_are_files_that_apply_reads(vendor):
    read, made = READERS[vendor]
    first, later = (documents(read(made(), now)) for now in (NOW, NOW + timedelta(days=7 * 3)))
    assert first == later
    for found in first.values():
        assert len(read_objects(as_text(found), "`kind:`")) == len(found) > 0 or not found


@pytest.mark.parametrize(
    ("vendor", "steps", "losses"),
    [
        ("pagerduty", [(5, "schedule Primary"), (10, "person chi")], [
            "schedule Primary, Odd: Its turns are no whole hours, or it has no beginning: left out.",
            "escalation policy Payments: It pages Zoe, which is not there: left out.",
            "escalation policy Payments: It is repeated 12 times: here 9.",
        ]),
        ("opsgenie", [(50, "schedule Payments, schedule Payments (Backup)"), (15, "team payments")], [
            "escalation Payments: It pages the team Payments: here its manager.",
            "escalation Payments: A rule pages 'all' of its recipient: here whoever is on call.",
        ]),
        ("grafana-oncall", [(5, "schedule Web"), (30, "person ada, person ben")], [
            "schedule Web, Thrice: How it recurs can't be had here: left out. docs/guides/migrating.md says what can.",
            "schedule Web, Office: Several people have one turn together: here the first of them has it.",
            "escalation chain Web: The step resolve can't be had here: left out.",
        ]),
        ("goalert", [(5, "schedule Web, schedule Web (Chi)"), (15, "schedule Rotation Web")], [
            "escalation policy Web: It tells #web: left out.",
            "schedule Web: Several are on call at once: here they are the schedules Web, Web (Chi).",
        ]),
    ],
)  # fmt: skip
def test_policies_have_their_steps_and_what_is_lost_is_said_line_by_line(vendor, steps, losses):
    read, made = READERS[vendor]
    moved = read(made(), NOW)
    found = documents(moved)
    (policy,) = found["EscalationPolicy"]
    told = [
        (s["after_minutes"], ", ".join(f"{k} {v.partition('@')[0]}" for t in s["targets"] for k, v in t.items()))
        for s in policy["steps"]
    ]
    assert told == steps
    (service,) = found["Service"]
    assert service["escalation_policy"] == policy["name"]
    said = [f"{what}: {words}" for what, words in moved.losses]
    assert [each for each in losses if each not in said] == []


def test_pagerduty_s_own_example_has_its_final_schedule_here_too():
    if not CONTRACTS.is_dir():
        pytest.skip("the vendors' documents are not here")
    paths = json.loads((CONTRACTS / "pagerduty-rest-v2.trimmed.openapi.json").read_text())["paths"]

    def example(path, name):
        return paths[path]["get"]["responses"]["200"]["content"]["application/json"]["examples"][name]["value"]

    schedule = example("/schedules/{id}", "response")["schedule"]
    layer = schedule["schedule_layers"][0]
    users = [{**each["user"], "name": "Regina", "email": "regina@quillhaven.example"} for each in layer["users"]]
    began = datetime(2015, 11, 7, tzinfo=UTC)
    moved = pagerduty.read({"users": users, "schedules": [schedule]}, began)
    entries = [(datetime.fromisoformat(e["start"]), datetime.fromisoformat(e["end"]))
               for e in (*schedule["final_schedule"]["rendered_schedule_entries"],
                         *layer["rendered_schedule_entries"])]  # fmt: skip
    for moment in samples(days=2, minutes=10, since=datetime(2015, 11, 9, 13, tzinfo=UTC)):
        there = any(starts <= moment < ends for starts, ends in entries)
        assert (on_call(moved, schedule["name"], moment) == "regina") is there, moment


@pytest.mark.parametrize("vendor", READERS)
def test_whatever_a_field_holds_it_is_left_out_with_a_word_or_refused(vendor):
    read, made = READERS[vendor]
    whole = made()

    def places(value, path=()):
        yield path
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, each in inside:
            yield from places(each, (*path, key))

    for path in list(places(whole))[1:]:
        for odd in (None, [], {}, "odd", -1, 10**30, True, [None], {"nodes": [3]}):
            broken = json.loads(json.dumps(whole))
            spot = broken
            for key in path[:-1]:
                spot = spot[key]
            spot[path[-1]] = odd
            try:
                documents(read(broken, NOW))
            except FaultyError:
                assert len(path) < 3, path
