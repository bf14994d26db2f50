"""Escalation policies as `muster apply` knows them: people by address, schedules by name, teams by slug."""

from collections.abc import Callable
from typing import Any

from server.remote.desired.kinds import ARCHIVED, TEXT, Field, Kind, Values

TARGETS = "{ person { email } schedule { name } team { slug } }"
CURRENT = f"current {{ steps {{ afterMinutes targets {TARGETS} }} }}"
KEYS = {"person": "email", "schedule": "name", "team": "slug"}


def _current(name: str, read: Callable[[Any], Any] = lambda value: value) -> Callable[[Any], Any]:
    return lambda current: read(current[name])


def _targets(found: list[Values]) -> list[Values]:
    return [{what: each[what][key] for what, key in KEYS.items() if each[what] is not None} for each in found]


def _steps(found: list[Values]) -> list[Values]:
    return [{**step, "targets": _targets(step["targets"])} for step in found]


ESCALATION_POLICY = Kind(
    *("EscalationPolicy", "name", "escalationPolicies", "saveEscalationPolicy", "escalationPolicy"),
    {
        "name": TEXT["name"],
        "team": Field("team { slug }", read=lambda team: None if team is None else team["slug"], refers="Team"),
        "fallback": Field("fallback", bool),
        "steps": Field(CURRENT, list, _current("steps", _steps)),
        "repeat": Field("current { repeat }", int, _current("repeat")),
        "last_resort": Field(f"current {{ lastResort {TARGETS} }}", list, _current("lastResort", _targets)),
        "opens_at": Field("current { opensAt }", str, _current("opensAt")),
        "closes_at": Field("current { closesAt }", str, _current("closesAt")),
        "weekdays": Field("current { weekdays }", list, _current("weekdays")),
        "archived": ARCHIVED,
    },
    version="version",
    single="escalationPolicy",
)
