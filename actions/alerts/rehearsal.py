"""What routing rules would have made of alerts that came already. Decided from these alone; nothing is done.

Both sets of rules are tried in the same way, so that what differs is the rules' doing: an incident counts as open while
one of its alerts fires, and nobody links, merges, silences or snoozes; nothing flaps, and there is no storm.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from actions.alerts.bundles import MOST_NEW, Bundle, bundled, enough, key_of
from actions.alerts.group import NormalisedAlert
from actions.alerts.routing import Route, route_of
from actions.catalogue.dependencies import Upstream


class RoutingFate(StrEnum):
    """What becomes of an alert."""

    NEW_INCIDENT = "NEW_INCIDENT"
    JOINS = "JOINS"
    WAITS = "WAITS"
    """There were not enough of them for an incident."""
    ASKS = "ASKS"
    """People are asked whether it is an incident."""
    PAGES = "PAGES"
    """People are paged, without an incident."""
    KEPT = "KEPT"
    """No rule makes an incident of it."""
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True)
class Past:
    """An alert that came already."""

    id: int
    source_id: int
    source: str
    group_key: str
    alert: NormalisedAlert
    came_at: datetime
    ended_at: datetime | None
    said: Any = None
    """What conditions see of it (actions.alerts.routing.said_by); None: it is found out when it is needed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What rules would have made of one alert."""

    fate: RoutingFate
    rule: str | None
    service_id: int | None
    severity_id: int | None
    first_id: int | None
    """The alert that made the incident to which it would belong."""


@dataclass(slots=True)
class Rehearsal:
    """What a set of rules would have made of all of them."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    untold: dict[str, list[str]] = field(default_factory=dict)
    """By rule: what its condition could not be told of, once for each alert."""

    def count(self, *fates: RoutingFate) -> int:
        """How many alerts have one of these fates."""
        return sum(outcome.fate in fates for outcome in self.outcomes.values())


@dataclass(slots=True)
class _Incident:
    """An incident that would have been made."""

    first_id: int
    services: set[int]
    until: datetime | None
    """When the last of its alerts ended; None while one fires."""

    def open_at(self, moment: datetime) -> bool:
        return self.until is None or self.until > moment


@dataclass(slots=True)
class _Stage:
    """How far it is: which incidents there would be by now."""

    routes: Sequence[Route]
    found: Rehearsal
    upstream: Upstream
    own: dict[tuple[int, str], _Incident] = field(default_factory=dict)
    last: dict[str, tuple[datetime, _Incident]] = field(default_factory=dict)
    came: dict[str, deque[tuple[Past, Route]]] = field(default_factory=dict)
    """By key, in their order: those that a rule may still count."""
    made: list[_Incident] = field(default_factory=list)


def rehearse(alerts: Iterable[Past], routes: Sequence[Route], upstream: Upstream | None = None) -> Rehearsal:
    """What the rules would have made of alerts, which stand in the order in which they came.

    `upstream` is what services depend on now.
    """
    stage = _Stage(routes, Rehearsal(), upstream or {})
    for _, delivered in groupby(alerts, key=lambda past: (past.came_at, past.source_id, past.group_key)):
        _deliver(stage, list(delivered))
    return stage.found


def differing(before: Rehearsal, after: Rehearsal) -> Iterator[int]:
    """The alerts of which the one set makes something else than the other, by key."""
    return (key for key, outcome in before.outcomes.items() if outcome != after.outcomes[key])


def _deliver(stage: _Stage, delivered: Sequence[Past]) -> None:
    by_alert: dict[int, Past] = {id(past.alert): past for past in delivered}
    routed: list[tuple[NormalisedAlert, Route | None]] = []
    for past in delivered:
        untold: dict[int, str] = {}
        route = route_of(stage.routes, past.alert, past.source, untold=untold, said=past.said)
        for each in stage.routes:
            if each.rule.id in untold:
                stage.found.untold.setdefault(each.rule.name, []).append(untold[each.rule.id])
        fate = RoutingFate.DROPPED if route is not None and route.drops and past.alert.firing else _alone(past, route)
        stage.found.outcomes[past.id] = _outcome(fate, route, None)
        routed.append((past.alert, route))
        if (key := key_of(past.alert, route)) is not None and route is not None and past.alert.firing:
            stage.came.setdefault(key, deque()).append((past, route))
    bundles = bundled(routed)
    # What stands is read for all of a delivery before any of it is placed, as the intake does.
    standing = [_standing(stage, bundle, delivered[0]) for bundle in bundles]
    made: list[_Incident] = []
    for bundle, incident in zip(bundles, standing, strict=True):
        _bundle(stage, bundle, incident, by_alert, made)


def _bundle(
    stage: _Stage, bundle: Bundle, incident: _Incident | None, by_alert: Mapping[int, Past], made: list[_Incident]
) -> None:
    """Place a bundle: in the incident that stands for it, or in a new one; `made`: those of this delivery so far."""
    pasts = [(by_alert[id(alert)], route) for alert, route in bundle.alerts]
    first = pasts[0][0]
    maker: Past | None = None
    if incident is None and bundle.creating and _enough(stage, bundle, first.came_at):
        if len(made) < MOST_NEW:
            maker = by_alert[id(bundle.creating[0][0])]
            services = {route.service_id for _, route in bundle.creating if route.service_id is not None}
            made.append(_Incident(maker.id, services, maker.alert.starts_at))
            stage.made.append(made[-1])
        incident = made[-1]
    if incident is None:
        for past, route in pasts:
            fate = RoutingFate.WAITS if route.waits else _alone(past, route)
            stage.found.outcomes[past.id] = _outcome(fate, route, None)
        return
    if bundle.key is None:
        stage.own[first.source_id, first.group_key] = incident
    else:
        stage.last[bundle.key] = (first.came_at, incident)
        pasts = _with_waiting(stage, bundle, first.came_at, pasts)
    for past, route in pasts:
        incident.until = _later(incident.until, past.ended_at)
        fate = RoutingFate.NEW_INCIDENT if past is maker else RoutingFate.JOINS
        stage.found.outcomes[past.id] = _outcome(fate, route, incident)


def _alone(past: Past, route: Route | None) -> RoutingFate:
    """What becomes of an alert that belongs to no incident."""
    if route is None or not route.pages or not past.alert.firing:
        return RoutingFate.KEPT
    return RoutingFate.ASKS if route.asks else RoutingFate.PAGES


def _standing(stage: _Stage, bundle: Bundle, first: Past) -> _Incident | None:
    """The open incident that a bundle would join."""
    moment, route = first.came_at, bundle.route
    if bundle.key is None:
        incident = stage.own.get((first.source_id, first.group_key))
    else:
        seen_at, incident = stage.last.get(bundle.key, (moment, None))
        if seen_at <= moment - route.window:
            incident = None
    if incident is not None and incident.open_at(moment):
        return incident
    for level in bundle.joinable(stage.upstream):
        wanted = set(level)
        found = (each for each in reversed(stage.made) if each.services & wanted and each.open_at(moment))
        if wanted and (joined := next(found, None)) is not None:
            return joined
    return None


def _recent(stage: _Stage, bundle: Bundle, moment: datetime) -> Collection[tuple[Past, Route]]:
    """Those of a bundle that came within the time that its rule waits, these included."""
    came = stage.came.get(bundle.key or "", deque())
    since = moment - bundle.route.patience
    while came and came[0][0].came_at <= since:
        came.popleft()
    return came


def _enough(stage: _Stage, bundle: Bundle, moment: datetime) -> bool:
    if not bundle.route.waits:
        return True
    recent = _recent(stage, bundle, moment)
    return enough(bundle.route, len(recent), len({past.source_id for past, _ in recent}))


def _with_waiting(
    stage: _Stage, bundle: Bundle, moment: datetime, pasts: list[tuple[Past, Route]]
) -> list[tuple[Past, Route]]:
    """With the earlier alerts that waited, and still fire."""
    if not bundle.route.waits:
        return pasts
    earlier = [
        (past, route)
        for past, route in _recent(stage, bundle, moment)
        if stage.found.outcomes[past.id].fate is RoutingFate.WAITS and (past.ended_at is None or past.ended_at > moment)
    ]
    return [*earlier, *pasts]


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def _outcome(fate: RoutingFate, route: Route | None, incident: _Incident | None) -> Outcome:
    return Outcome(
        fate,
        route.rule.name if route is not None else None,
        route.service_id if route is not None else None,
        route.severity.severity_id if route is not None and route.severity is not None else None,
        incident.first_id if incident is not None else None,
    )
