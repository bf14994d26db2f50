"""What becomes of the alerts of a delivery that may be taken at once: decided from what is remembered and was seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from actions.alerts.bundles import bundled
from actions.alerts.group import NormalisedAlert, NormalisedGroup, Receipt
from actions.alerts.holds import Holds
from actions.alerts.quiet import Hold
from actions.alerts.routing import Route
from actions.alerts.rows import Fresh
from actions.alerts.rulebook import Rulebook
from auth.actor import Actor, integration
from models.alert import AlertSource
from models.incident import Incident


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery on its way to the tables."""

    source: AlertSource
    group: NormalisedGroup
    alerts: Sequence[NormalisedAlert]
    """Each once, in the order of identity."""
    starts: Sequence[str]
    """When each began, in ISO 8601."""
    trace: str
    """What jobs carry of the request that brought it."""
    names: Sequence[tuple[int, str, str]] = field(init=False)
    """What tells its alerts from all others."""

    def __post_init__(self) -> None:
        source = self.source.id
        names = [(source, alert.fingerprint, start) for alert, start in zip(self.alerts, self.starts, strict=True)]
        object.__setattr__(self, "names", names)

    @property
    def key(self) -> tuple[int, str]:
        """The group that it is of."""
        return self.source.id, self.group.key

    @property
    def weight(self) -> int:
        """How many alerts it has."""
        return len(self.alerts)

    @property
    def actor(self) -> Actor:
        """Its monitor."""
        return integration(self.source.id, self.source.name)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of a delivery."""

    keys: Sequence[int | None]
    """Of its alerts, those that are there already."""
    home: Incident | None
    """The open incident of the group."""
    untouched: bool
    """Whether it was not noted for a while that the source is alive."""
    guessed: bool = False
    """Whether nobody looked: it is what was there when the group was last seen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of all new alerts that take the same rule, and are held back by the same."""

    number: int
    """Its place among those of a transaction, from 1."""
    first: Fresh
    """The first of these alerts."""

    @property
    def places(self) -> bool:
        """Whether they may belong to an incident."""
        route = self.first.route
        return self.first.suppressed_because is None and route is not None and route.places

    @property
    def pages(self) -> bool:
        """Whether people are paged, or asked, for those that belong to no incident."""
        route = self.first.route
        return self.first.suppressed_because is None and route is not None and route.pages


class Choices:
    """The choices of a transaction."""

    def __init__(self, book: Rulebook, moment: datetime) -> None:
        self._book = book
        self._holds: Holds = book.holds(moment)
        self._quiet = not self._holds.silences and not self._holds.works
        self._found: dict[tuple[int, Hold | None], Choice] = {}

    @property
    def all(self) -> list[Choice]:
        """In the order of their numbers."""
        return list(self._found.values())

    def of(self, source: AlertSource, alert: NormalisedAlert) -> Choice:
        """What becomes of a new alert."""
        route = self._book.routes.of(alert, source.name)
        hold = None if self._quiet else self._hold(source, alert, route)
        found = self._found.get((id(route), hold))
        if found is None:
            found = self._found[id(route), hold] = Choice(len(self._found) + 1, Fresh(alert, route, hold))
        return found

    def _hold(self, source: AlertSource, alert: NormalisedAlert, route: Route | None) -> Hold | None:
        return self._holds.of(source.id, route.service_id if route is not None else None, alert.labels)


@dataclass(frozen=True, slots=True)
class Decided:
    """A delivery, and what becomes of it."""

    place: int
    """Among those that are taken together, from 0."""
    delivered: Delivered
    seen: Seen
    new: Sequence[tuple[int, Choice]]
    """Its new alerts, by their place in it."""
    joins: int | None
    """The incident of their group, if some of these join it."""

    @property
    def receipt(self) -> Receipt:
        """What its sender is told."""
        received, created, home = len(self.delivered.group.alerts), len(self.new), self.seen.home
        told = home.reference if home is not None and not home.private else None
        return Receipt(received=received, created=created, repeated=received - created, incident=told)


def decide(place: int, delivered: Delivered, seen: Seen, choices: Choices) -> Decided | None:
    """What becomes of a delivery; None if it would open an incident, page, or come together with others by labels."""
    alerts, source = delivered.alerts, delivered.source
    new = [(n, choices.of(source, alerts[n])) for n, key in enumerate(seen.keys) if key is None]
    chosen = {choice.number: choice for _, choice in new}.values()
    bundles = bundled((each.first.alert, each.first.route) for each in chosen if each.places)
    if any(bundle.key is not None for bundle in bundles):
        return None
    if seen.home is None and any(bundle.creating or bundle.services for bundle in bundles):
        return None
    if any(each.pages and not (each.places and seen.home is not None) for each in chosen):
        return None
    return Decided(place, delivered, seen, new, seen.home.id if bundles and seen.home is not None else None)
