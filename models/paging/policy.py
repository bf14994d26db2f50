"""Escalation policies: who is paged, who next when nobody answers, and who in the end (ADR 0030)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.paging.words import TargetKind
from models.person import ArchivedFacts
from models.schedule.plan import NO_FREE_DAYS, Layer, Window
from models.schedule.windows import opened
from models.schedule.words import RotationKind

AHEAD = timedelta(days=8)
"""Business hours begin within a week, and an hour more where clocks change."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step pages: a person, whoever is on call by a schedule, or a team's manager, by key."""

    kind: TargetKind
    key: int


@dataclass(frozen=True, slots=True)
class Step:
    """Everybody who is paged at once, and after how many minutes without an answer the next step follows."""

    after_minutes: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people are at work, by the clocks of the organisation's zone; 0 is Monday."""

    opens_at: time = time(9)
    closes_at: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))

    def next_open(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When they begin, or the moment itself if they have; `moment` in UTC."""
        window = Window(self.opens_at, self.closes_at, self.weekdays)
        layer = Layer("", (), RotationKind.DAILY, date.min, windows=(window,))
        spans = opened(layer, zone, NO_FREE_DAYS, moment, moment + AHEAD)
        return max(moment, spans[0][0]) if spans else moment


@dataclass(frozen=True, slots=True)
class Escalation:
    """The steps of a policy, in order; how often all of them are done again; who is paged when nobody answered.

    Without a last resort it is the managers of the teams concerned, and where there are none the admins.
    """

    steps: tuple[Step, ...]
    repeat: int = 0
    last_resort: tuple[Target, ...] = ()
    hours: BusinessHours = BusinessHours()


class EscalationPolicy(ArchivedFacts, Base):
    """The identity of a policy; whom it pages is in its versions."""

    __tablename__ = "escalation_policy"
    __table_args__ = (
        Index(
            "uq_escalation_policy_name", text("lower(name)"), unique=True, postgresql_where=text("archived_at is null")
        ),
        Index("uq_escalation_policy_fallback", "fallback", unique=True, postgresql_where=text("fallback")),
    )

    id: Mapped[Key]
    name: Mapped[str]
    team_id: Mapped[int | None] = points_to("team.id", index=True)
    fallback: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it pages for incidents of whose services none has a policy. At most one does."""
    version: Mapped[int] = mapped_column(default=1)
    """The number of its present version."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class EscalationPolicyVersion(Base):
    """What a policy was from a save on. It never changes: what pages by it goes on by it."""

    __tablename__ = "escalation_policy_version"
    __table_args__ = (UniqueConstraint("policy_id", "version"),)

    id: Mapped[Key]
    policy_id: Mapped[int] = points_to("escalation_policy.id")
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    """`kept` of an Escalation."""
    created_at: Mapped[datetime]


def kept(escalation: Escalation) -> dict[str, Any]:
    """An escalation as it is kept, in JSON."""
    return {
        "steps": [{"after_minutes": step.after_minutes, "targets": _kept(step.targets)} for step in escalation.steps],
        "repeat": escalation.repeat,
        "last_resort": _kept(escalation.last_resort),
        "opens_at": escalation.hours.opens_at.isoformat("minutes"),
        "closes_at": escalation.hours.closes_at.isoformat("minutes"),
        "weekdays": sorted(escalation.hours.weekdays),
    }


def escalation_of(definition: dict[str, Any]) -> Escalation:
    """The escalation that was kept."""
    steps = tuple(Step(each["after_minutes"], _targets(each["targets"])) for each in definition["steps"])
    opens, closes = time.fromisoformat(definition["opens_at"]), time.fromisoformat(definition["closes_at"])
    hours = BusinessHours(opens, closes, frozenset(definition["weekdays"]))
    return Escalation(steps, definition["repeat"], _targets(definition["last_resort"]), hours)


def _kept(targets: tuple[Target, ...]) -> list[dict[str, Any]]:
    return [{"kind": each.kind.value, "key": each.key} for each in targets]


def _targets(found: list[dict[str, Any]]) -> tuple[Target, ...]:
    return tuple(Target(TargetKind(each["kind"]), each["key"]) for each in found)
