"""What begins a workflow."""

import difflib
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from actions.workflows.part import Part
from core.zones import UNKNOWN
from models.facts.every import KINDS
from models.recurrence import LONGEST, WINDOW, RuleError, occurrences, read_rule

MOST_KINDS = 20
LONGEST_QUIET = 30 * 24 * 60


class Schedule(Part):
    """Times of a clock, by a recurrence rule. It counts from the midnight before the version was saved."""

    rule: str = Field(
        max_length=LONGEST, description="A recurrence rule (RFC 5545), such as FREQ=DAILY;BYHOUR=9;BYMINUTE=0."
    )
    time_zone: str = Field(default="UTC", description="The IANA name of the zone whose clocks it goes by.")

    @model_validator(mode="after")
    def _usable(self) -> "Schedule":
        try:
            ZoneInfo(self.time_zone)
        except UNKNOWN:
            raise ValueError("this is no time zone: send an IANA name such as Europe/Berlin") from None
        try:
            read_rule(self.rule)
        except RuleError as error:
            raise ValueError(f"{error.message} {error.hint}") from None
        return self

    def next_after(self, begun: datetime, moment: datetime) -> datetime | None:
        """The first time after a moment; None if none comes within a year. `begun`: when the version was saved."""
        zone = ZoneInfo(self.time_zone)
        first = begun.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        given = occurrences(read_rule(self.rule), first, zone, moment + WINDOW)
        return next((each for each in given if each > moment), None)


class Trigger(Part):
    """Exactly one of these."""

    events: Annotated[list[str], Field(min_length=1, max_length=MOST_KINDS)] | None = Field(
        default=None, description="An event of one of these kinds, such as `incident.declared`."
    )
    manual: bool | None = Field(default=None, description="True: a person, and nothing else.")
    quiet_minutes: Annotated[int, Field(ge=1, le=LONGEST_QUIET)] | None = Field(
        default=None, description="Nobody did anything on an open incident for so many minutes; again after as many."
    )
    schedule: Schedule | None = Field(default=None, description="Times of a clock, for each open incident.")

    @model_validator(mode="after")
    def _one(self) -> "Trigger":
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1 or self.manual is False:
            raise ValueError("a trigger is exactly one of events, manual: true, quiet_minutes, and schedule")
        for kind in self.events or ():
            if kind not in KINDS:
                some = difflib.get_close_matches(kind, KINDS, n=3, cutoff=0.3) or sorted(KINDS)[:3]
                raise ValueError(f"there is no event kind {kind[:80]!r}: kinds are e.g. {', '.join(some)}")
        return self

    def next_look(self, begun: datetime, moment: datetime) -> datetime | None:
        """When the timers look at it next; None if they need not."""
        if self.schedule is not None:
            return self.schedule.next_after(begun, moment)
        return moment + QUIET_EVERY if self.quiet_minutes is not None else None


QUIET_EVERY = timedelta(minutes=1)
"""How often it is looked for silence."""
