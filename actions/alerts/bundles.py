"""Which new alerts come together to one incident: those of their monitor's group, or those that a rule says.

Decided from alerts and rules alone: the intake, the end of a silence and the dry run of rules all ask here.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from actions.alerts.group import NormalisedAlert
from actions.alerts.routing import Route
from actions.catalogue.dependencies import DEEPEST
from models.words import CreateIncident

NOT_AT_ONCE = frozenset({CreateIncident.NEVER, CreateIncident.ASK})
"""What makes no incident of alerts as they come."""
Routed = tuple[NormalisedAlert, Route]

MOST_NEW = 20
"""Incidents of one delivery; what is beyond belongs to the last of them. More is a rule that groups by too much."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Alerts that come together. All that have a key have the same rule."""

    key: str | None
    """What their rule groups them by; None: they are a group of their monitor."""
    alerts: list[Routed] = field(default_factory=list)

    @property
    def route(self) -> Route:
        """The rule of the first: with a key, that of all."""
        return self.alerts[0][1]

    @property
    def creating(self) -> Sequence[Routed]:
        """Those that may make an incident; the others only join one."""
        return [each for each in self.alerts if each[1].rule.create_incident not in NOT_AT_ONCE]

    @property
    def services(self) -> list[int]:
        """The services of which they would join an open incident, each once."""
        found = (route.service_id for _, route in self.alerts if route.rule.join_open and route.service_id is not None)
        return sorted(set(found))

    @property
    def upstream_of(self) -> set[int]:
        """Those of these services for which it may be an incident of what they depend on."""
        return {
            route.service_id
            for _, route in self.alerts
            if route.rule.join_open and route.rule.join_upstream and route.service_id is not None
        }

    def joinable(self, upstream: Mapping[int, Sequence[Sequence[int]]]) -> list[list[int]]:
        """The services of which it would join an open incident: its own, then what they depend on, the nearest first.

        `upstream` has what a service depends on, by distance (actions.catalogue.dependencies).
        """
        farther = [upstream.get(service, ()) for service in sorted(self.upstream_of)]
        levels = [[key for each in farther if len(each) > step for key in each[step]] for step in range(DEEPEST)]
        return [self.services, *levels]


def key_of(alert: NormalisedAlert, route: Route | None) -> str | None:
    """What an alert is grouped by on a route; None: it stays with its monitor's group.

    A rule that waits for several alerts, or asks, and names no labels takes all of its alerts together. A
    label that is missing counts as empty. The key is a digest: what is written on labels has no bound.
    """
    if route is None or not route.places or not (route.rule.group_by or route.waits or route.asks):
        return None
    return _digest(alert, route)


def paging_key(alert: NormalisedAlert, route: Route, source_id: int, group_key: str) -> str:
    """What alerts have in common for which people are paged once: labels of the rule, else their monitor's group."""
    if route.rule.group_by or route.asks:
        return _digest(alert, route)
    return hashlib.sha256(orjson.dumps([route.rule.id, source_id, group_key, None])).hexdigest()[:32]


def _digest(alert: NormalisedAlert, route: Route) -> str:
    said = [route.rule.id, *(alert.labels.get(name, "") for name in sorted(route.rule.group_by))]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]


def bundled(routed: Iterable[tuple[NormalisedAlert, Route | None]]) -> list[Bundle]:
    """Firing alerts whose rules let them belong to an incident, as they come together; in the order of their keys."""
    found: dict[str | None, Bundle] = {}
    for alert, route in routed:
        if alert.firing and route is not None and route.places:
            key = key_of(alert, route)
            found.setdefault(key, Bundle(key)).alerts.append((alert, route))
    return [found[key] for key in sorted(found, key=lambda each: each or "")]


def enough(route: Route, alerts: int, sources: int) -> bool:
    """Whether so many alerts of so many monitors, within its time, make an incident on a route."""
    match route.rule.create_incident:
        case CreateIncident.ALWAYS:
            return True
        case CreateIncident.AFTER_ALERTS:
            return alerts >= (route.rule.threshold or 1)
        case CreateIncident.AFTER_SOURCES:
            return sources >= (route.rule.threshold or 1)
        case _:
            return False
