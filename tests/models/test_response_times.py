"""Response times: what each measures, and when there is none (DESIGN §3, "Times")."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from models.response_times import DEFINITIONS, in_words, response_times, spoken_duration
from models.words import IncidentTimestamp

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def after(minutes):
    return None if minutes is None else START + timedelta(minutes=minutes)


@dataclass
class Moments:
    impact_started_at: datetime | None
    detected_at: datetime
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None


def of(impact=0, detected=4, acknowledged=6, mitigated=30, resolved=90, *, passed_detection=True):
    moments = Moments(*map(after, (impact, detected, acknowledged, mitigated, resolved)))
    return {t.definition.key: t for t in response_times(moments, passed_detection=passed_detection)}


def test_each_is_measured_between_its_anchors():
    assert {key: time.minutes for key, time in of().items()} == {"MTTD": 4, "MTTA": 2, "MTTM": 30, "MTTR": 90}


def test_minutes_keep_their_fraction():
    assert of(detected=1.5)["MTTD"].minutes == 1.5


def test_an_incident_declared_directly_has_no_time_to_acknowledge():
    times = of(passed_detection=False)
    assert (times["MTTA"].minutes, times["MTTA"].missing_because) == (None, "the incident was declared directly")
    assert times["MTTD"].minutes == 4


def test_detection_before_the_impact_is_left_out():
    time = of(impact=10, detected=4)["MTTD"]
    assert (time.minutes, time.missing_because) == (None, "the detection came before the start of the impact")


@pytest.mark.parametrize(
    ("missing", "without_value"),
    [
        ("impact", {"MTTD", "MTTM", "MTTR"}),
        ("acknowledged", {"MTTA"}),
        ("mitigated", {"MTTM"}),
        ("resolved", {"MTTR"}),
    ],
)
def test_a_missing_anchor_leaves_no_value_and_is_named(missing, without_value):
    times = of(**{missing: None})
    assert {key for key, time in times.items() if time.minutes is None} == without_value
    assert all(times[key].missing_because.endswith("is not recorded") for key in without_value)


def test_every_definition_says_its_rule():
    assert [d.key for d in DEFINITIONS] == ["MTTD", "MTTA", "MTTM", "MTTR"]
    assert all(d.rule.startswith("From ") and d.rule.endswith(".") for d in DEFINITIONS)


def test_every_timestamp_can_be_said():
    assert len({in_words(timestamp) for timestamp in IncidentTimestamp}) == len(IncidentTimestamp)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "1 min"),
        (43 * 60, "43 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 2 + 60, "2 d 1 min"),
    ],
)
def test_durations_are_spoken_in_whole_minutes(seconds, words):
    assert spoken_duration(timedelta(seconds=seconds)) == words
