"""The transition table of DESIGN §3, written down a second time, and the order of an incident's moments."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from models.chronology import disorder
from models.incident import Incident
from models.lifecycle import OPEN_STAGES, TRANSITIONS, Verb, is_legal, ways_on
from models.words import IncidentTimestamp, Stage

LEGAL = {
    (None, Verb.REPORT, "DETECTION"),
    (None, Verb.DECLARE, "RESPONSE"),
    ("DETECTION", Verb.ACKNOWLEDGE, "TRIAGE"),
    ("DETECTION", Verb.DECLARE, "RESPONSE"),
    ("TRIAGE", Verb.DECLARE, "RESPONSE"),
    ("DETECTION", Verb.DECLINE, "DECLINED"),
    ("TRIAGE", Verb.DECLINE, "DECLINED"),
    ("RESPONSE", Verb.CHANGE_STAGE, "MITIGATION"),
    ("MITIGATION", Verb.CHANGE_STAGE, "RESPONSE"),
    ("RESPONSE", Verb.CHANGE_STAGE, "RESOLUTION"),
    ("MITIGATION", Verb.CHANGE_STAGE, "RESOLUTION"),
    ("RESOLUTION", Verb.CHANGE_STAGE, "POSTMORTEM"),
    ("RESOLUTION", Verb.CHANGE_STAGE, "CLOSED"),
    ("POSTMORTEM", Verb.CHANGE_STAGE, "CLOSED"),
    *((stage, Verb.CANCEL, "CANCELLED") for stage in ("DETECTION", "TRIAGE", "RESPONSE", "MITIGATION")),
    *((stage, Verb.MERGE, "MERGED") for stage in ("DETECTION", "TRIAGE", "RESPONSE", "MITIGATION")),
    *((stage, Verb.REOPEN, "RESPONSE") for stage in ("RESOLUTION", "POSTMORTEM", "CLOSED", "DECLINED", "CANCELLED")),
}


@pytest.mark.parametrize(("stage", "verb", "target"), list(product([None, *Stage], Verb, Stage)))
def test_a_transition_is_legal_if_the_design_says_so_and_not_otherwise(stage, verb, target):
    assert is_legal(stage, verb, target) == ((stage, verb, target) in LEGAL)


def test_every_stage_can_be_reached_and_has_a_row():
    assert TRANSITIONS.keys() == {None, *Stage}
    assert {target for _, _, target in LEGAL} == set(Stage)


def test_ways_on_name_every_legal_verb_and_stage():
    assert ways_on(Stage.MERGED) == []
    assert ways_on(Stage.RESOLUTION) == [
        "changeStage to CLOSED",
        "changeStage to POSTMORTEM",
        "reopenIncident to RESPONSE",
    ]


def test_open_means_detection_to_mitigation():
    assert set(Stage) - OPEN_STAGES == {
        Stage.RESOLUTION,
        Stage.POSTMORTEM,
        Stage.CLOSED,
        Stage.DECLINED,
        Stage.CANCELLED,
        Stage.MERGED,
    }


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOURS = {
    "impact_started_at": 0,
    "detected_at": 1,
    "acknowledged_at": 2,
    "declared_at": 3,
    "mitigated_at": 4,
    "resolved_at": 5,
    "closed_at": 6,
}


def at(hour):
    return NOON + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("timestamp", "earliest", "latest"),
    [
        ("IMPACT_STARTED", -99, 4),
        ("DETECTED", -99, 2),
        ("ACKNOWLEDGED", 1, 3),
        ("DECLARED", 2, 99),
        ("MITIGATED", 0, 5),
        ("RESOLVED", 4, 6),
        ("CLOSED", 5, 99),
    ],
)
def test_each_moment_stays_between_its_neighbours(timestamp, earliest, latest):
    incident = Incident(**{column: at(hour) for column, hour in HOURS.items()})
    for hour in range(-99, 100):
        fits = disorder(incident, IncidentTimestamp[timestamp], at(hour)) is None
        assert fits == (earliest <= hour <= latest), hour


def test_moments_that_are_unknown_are_in_nobodys_way():
    assert disorder(Incident(detected_at=NOON), IncidentTimestamp.IMPACT_STARTED, at(9)) is None
