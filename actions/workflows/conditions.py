"""On which incidents a workflow works. A condition asks one thing, or combines others: `all`, `any`, `none`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from actions.workflows.part import Part, Reference
from core.zones import UNKNOWN
from models.words import IncidentKind, Stage, Visibility

MOST = 50
"""Of conditions in a list, and of values."""
DEPTH = 5

Day = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _clock(text: str) -> str:
    if not CLOCK.fullmatch(text):
        raise ValueError("this is no time of day: write it as 09:00, from 00:00 to 23:59")
    return text


Clock = Annotated[str, AfterValidator(_clock)]
References = Annotated[list[Reference], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Subject:
    """What conditions are asked of: an incident as it is, or was, at a moment."""

    severity_id: int | None
    service_ids: frozenset[int]
    labels: Mapping[str, str]
    kind: IncidentKind
    visibility: Visibility
    stage: Stage
    moment: datetime
    zone: ZoneInfo
    """The organisation's, for times of day without one."""


class TimeOfDay(Part):
    """Hours of the clock, on some days; `ends` before `begins` goes over midnight, and the day is that of `begins`."""

    begins: Clock = Field(description="From when on, such as 09:00.")
    ends: Clock = Field(description="Until before when, such as 17:00.")
    days: list[Day] | None = Field(default=None, min_length=1, description="On which days (MO to SU); null: on all.")
    time_zone: str | None = Field(default=None, description="An IANA name; null: the organisation's.")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except UNKNOWN:
                raise ValueError("this is no time zone: send an IANA name such as Europe/Berlin") from None
        return name

    def holds(self, subject: Subject) -> bool:
        """Whether the moment is within."""
        local = subject.moment.astimezone(ZoneInfo(self.time_zone) if self.time_zone else subject.zone)
        now, first, last = f"{local:%H:%M}", self.begins, self.ends
        if first < last:
            day, inside = local, first <= now < last
        else:
            day = local - timedelta(days=1) if now < last else local
            inside = now >= first or now < last
        return inside and (self.days is None or DAYS[day.weekday()] in self.days)


class Condition(Part):
    """Exactly one of these."""

    references: ClassVar[Mapping[str, str]] = {"severities": "severity", "services": "service"}

    all: "list[Condition] | None" = Field(default=None, max_length=MOST, description="All of these hold.")
    any: "list[Condition] | None" = Field(default=None, max_length=MOST, description="At least one of these holds.")
    none: "list[Condition] | None" = Field(default=None, max_length=MOST, description="None of these holds.")
    severities: References | None = Field(default=None, description="It has one of these severities.")
    services: References | None = Field(default=None, description="It touches one of these services.")
    labels: dict[str, str] | None = Field(
        default=None, min_length=1, max_length=MOST, description="It has all of these labels."
    )
    kinds: list[IncidentKind] | None = Field(default=None, min_length=1, description="It is one of these kinds.")
    visibility: Visibility | None = Field(default=None, description="It is visible so.")
    stages: list[Stage] | None = Field(default=None, min_length=1, description="It is in one of these stages.")
    time_of_day: TimeOfDay | None = Field(default=None, description="The clock shows this.")

    @model_validator(mode="after")
    def _one(self) -> "Condition":
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a condition asks exactly one thing, not {len(given)}: combine several with `all`")
        if depth(self) > DEPTH:
            raise ValueError(f"conditions stand in each other at most {DEPTH} deep")
        return self


def depth(condition: Condition) -> int:
    """How deep conditions stand in a condition, itself included."""
    inner = condition.all or condition.any or condition.none or ()
    return 1 + max((depth(each) for each in inner), default=0)


def holds(condition: Condition | None, subject: Subject) -> bool:
    """Whether a resolved condition holds; without one, everything fits."""
    if condition is None:
        return True
    if condition.all is not None:
        return all(holds(each, subject) for each in condition.all)
    if condition.any is not None:
        return any(holds(each, subject) for each in condition.any)
    if condition.none is not None:
        return not any(holds(each, subject) for each in condition.none)
    return _asked(condition, subject)


def _asked(condition: Condition, subject: Subject) -> bool:
    """The answer to the one thing that a condition asks."""
    return any(
        (
            condition.severities is not None and subject.severity_id in condition.severities,
            condition.services is not None and not subject.service_ids.isdisjoint(condition.services),
            condition.labels is not None and condition.labels.items() <= dict(subject.labels).items(),
            condition.kinds is not None and subject.kind in condition.kinds,
            condition.stages is not None and subject.stage in condition.stages,
            condition.visibility is subject.visibility,
            condition.time_of_day is not None and condition.time_of_day.holds(subject),
        )
    )
