"""How fast an incident was noticed, taken up, stopped and resolved: four durations and their rules (DESIGN §3, Times).

The averages that carry these names (MTTD, MTTA, MTTM, MTTR) count REAL incidents only; a drill's own durations are
still worth knowing. Reopened incidents count by their last mitigation and resolution, because reopening clears both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from models.words import IncidentTimestamp


class Moments(Protocol):
    """The timestamps of an incident."""

    impact_started_at: datetime | None
    detected_at: datetime
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Definition:
    """One response time: from which moment to which, and the rule in words."""

    key: str
    name: str
    start: IncidentTimestamp
    end: IncidentTimestamp
    rule: str


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """What a definition gives for one incident: minutes, or why there is no value."""

    definition: Definition
    minutes: float | None
    missing_because: str | None = None


_T = IncidentTimestamp
DEFINITIONS = (
    Definition(
        "MTTD",
        "Time to detect",
        _T.IMPACT_STARTED,
        _T.DETECTED,
        "From the start of the impact to its detection. An incident detected before its impact is left out and counted"
        " apart.",
    ),
    Definition(
        "MTTA",
        "Time to acknowledge",
        _T.DETECTED,
        _T.ACKNOWLEDGED,
        "From detection until somebody took it. Only incidents that passed through detection count; one that was"
        " declared directly was never waiting.",
    ),
    Definition(
        "MTTM",
        "Time to mitigate",
        _T.IMPACT_STARTED,
        _T.MITIGATED,
        "From the start of the impact until it stopped; of a reopened incident, until it stopped for the last time.",
    ),
    Definition(
        "MTTR",
        "Time to resolve",
        _T.IMPACT_STARTED,
        _T.RESOLVED,
        "From the start of the impact until the lasting fix was verified; of a reopened incident, the last one.",
    ),
)


def moment_of(incident: object, timestamp: IncidentTimestamp) -> datetime | None:
    """The moment of an incident that a timestamp names."""
    value = getattr(incident, f"{timestamp.lower()}_at")
    return value if isinstance(value, datetime) else None


def in_words(timestamp: IncidentTimestamp) -> str:
    """A timestamp as the subject of a sentence: `the start of the impact`."""
    return {
        _T.IMPACT_STARTED: "the start of the impact",
        _T.DETECTED: "the detection",
        _T.ACKNOWLEDGED: "the acknowledgement",
        _T.DECLARED: "the declaration",
        _T.MITIGATED: "the mitigation",
        _T.RESOLVED: "the resolution",
        _T.CLOSED: "the closing",
    }[timestamp]


def response_time(definition: Definition, incident: Moments, *, passed_detection: bool) -> ResponseTime:
    """One response time of an incident. `passed_detection`: it was reported before it was declared."""
    start, end = moment_of(incident, definition.start), moment_of(incident, definition.end)
    if definition.key == "MTTA" and not passed_detection:
        return ResponseTime(definition, None, "the incident was declared directly")
    if start is None or end is None:
        unknown = definition.start if start is None else definition.end
        return ResponseTime(definition, None, f"{in_words(unknown)} is not recorded")
    if end < start:
        return ResponseTime(definition, None, f"{in_words(definition.end)} came before {in_words(definition.start)}")
    return ResponseTime(definition, (end - start) / timedelta(minutes=1))


def response_times(incident: Moments, *, passed_detection: bool) -> list[ResponseTime]:
    """All four of them, in the order in which they end."""
    return [response_time(definition, incident, passed_detection=passed_detection) for definition in DEFINITIONS]


def spoken_duration(duration: timedelta) -> str:
    """A duration for a person, cut to whole minutes: `2 d 3 h 5 min`, `43 min`, `less than a minute`."""
    minutes = int(duration / timedelta(minutes=1))
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than a minute"
