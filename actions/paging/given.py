"""Whom a policy is to page, and how somebody wants to be paged, as it is given: by references, unchecked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class TargetGiven(Protocol):
    """Whom to page: exactly one of them."""

    @property
    def person(self) -> str | None:
        """A person, by id."""

    @property
    def schedule(self) -> str | None:
        """Whoever is on call by a schedule, by name or id."""

    @property
    def team(self) -> str | None:
        """The manager of a team, by slug or id."""


class StepGiven(Protocol):
    """A step of a policy."""

    @property
    def after_minutes(self) -> int:
        """After how many minutes without an answer the next step follows."""
        ...

    @property
    def targets(self) -> Sequence[TargetGiven]:
        """Whom it pages."""
        ...


class RuleGiven(Protocol):
    """One rule of a person: by which way, after how many minutes."""

    @property
    def method(self) -> str | None:
        """A way of theirs, by id; None: the address of their account."""

    @property
    def after_minutes(self) -> int:
        """How many minutes after the page."""
        ...


@dataclass(frozen=True, slots=True)
class Whom:
    """A target."""

    person: str | None = None
    schedule: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """A step."""

    after_minutes: int
    targets: Sequence[Whom]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule."""

    method: str | None
    after_minutes: int
