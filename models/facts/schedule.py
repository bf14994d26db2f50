"""Facts about who is on call: overrides and swaps. Schedules themselves are settings (models.facts.settings)."""

from models.facts.base import Fact, Names, clock_time, fact


@fact("schedule.override_added")
class OverrideAdded(Fact):
    """Somebody, or nobody (no user), is on call instead of whom a schedule names; why is the event's text."""

    schedule_id: int
    override_id: int
    user_id: int | None = None
    starts_at: str
    ends_at: str
    reason: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        which, until = names.of("schedule", self.schedule_id), clock_time(self.ends_at)
        whom = names.of("user", self.user_id)
        why = f": {self.reason}" if self.reason else "."
        return f"{who} put {whom} on call for {which} from {clock_time(self.starts_at)} until {until}{why}"


@fact("schedule.override_removed")
class OverrideRemoved(Fact):
    """An override was taken back, or ended early: `ends_at` is when."""

    schedule_id: int
    override_id: int
    user_id: int | None = None
    ends_at: str | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        done, which = "ended" if self.ends_at else "took back", names.of("schedule", self.schedule_id)
        return f"{who} {done} the override of {which} by {names.of('user', self.user_id)}."


@fact("schedule.shifts_swapped")
class ShiftsSwapped(Fact):
    """Two people took over from each other. Each stretch is an override with an event of its own."""

    schedule_id: int
    override_ids: tuple[int, int]
    user_id: int
    other_user_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        one, other = names.of("user", self.user_id), names.of("user", self.other_user_id)
        return f"{who} had {one} and {other} swap shifts of {names.of('schedule', self.schedule_id)}."


@fact("schedule.gap_found")
class GapFound(Fact):
    """Nobody will be on call for a while, as things stand: it was looked for ahead."""

    schedule_id: int
    starts_at: str
    ends_at: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        which, until = names.of("schedule", self.schedule_id), clock_time(self.ends_at)
        return f"Nobody is on call for {which} from {clock_time(self.starts_at)} until {until}."


@fact("schedule.calendar_linked", audited=True)
class CalendarLinked(Fact):
    """Somebody made a secret link to a calendar of a schedule, or of their own shifts; one that there was ended."""

    link_id: int
    schedule_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        what = names.of("schedule", self.schedule_id) if self.schedule_id else "their shifts"
        return f"{who} made a link to a calendar of {what}."
