"""What another on-call tool has, in our words: what its reader makes of an export, before anything is saved."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer

Values = dict[str, Any]


class Loss(NamedTuple):
    """What can't be carried over as it is: where, and what becomes of it."""

    what: str
    words: str


class Target(NamedTuple):
    """Whom a step pages: `kind` is person (`key`: an address), schedule (a name) or team (a name)."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """Everybody who is paged at once, and after how many minutes the next step follows."""

    after_minutes: int
    targets: list[Target]


@dataclass(frozen=True, slots=True)
class Policy:
    """An escalation policy; `team` is a name."""

    name: str
    steps: list[Step]
    repeat: int = 0
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """An override: somebody (an address), or nobody, in a schedule for a while."""

    schedule: str
    person: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule. The participants of its layers are places in `Moved.addresses`; the first layer wins."""

    name: str
    zone: ZoneInfo
    layers: list[Layer]
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A team: addresses of its people, and of who leads it."""

    name: str
    members: list[str]
    manager: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A service; `team` and `policy` are names."""

    name: str
    team: str | None = None
    policy: str | None = None


@dataclass(slots=True)
class Moved:
    """All of it, and what of it is lost. `people`: names by address, in lower case."""

    people: dict[str, str] = field(default_factory=dict)
    teams: list[Team] = field(default_factory=list)
    rotas: list[Rota] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    @property
    def addresses(self) -> list[str]:
        """Everybody's, in the order in which they came."""
        return list(self.people)

    def lose(self, what: str, words: str) -> None:
        """Note what can't be carried over; the same once."""
        if (loss := Loss(what, words)) not in self.losses:
            self.losses.append(loss)

    def places(self, addresses: Iterable[str]) -> tuple[int, ...]:
        """People as layers name them."""
        order = {address: place for place, address in enumerate(self.people)}
        return tuple(order[address] for address in addresses)
