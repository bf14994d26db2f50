"""Moments and durations as the house writes them (looks/README): absolute first, 24 h, a day only when not today."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from statuspage.language import language_of

MINUTE = timedelta(minutes=1)
PAUSE = "\n"
"""Between a day and a time of day, until it is a space."""

lasting = language_of("en").duration
"""`31 min`, `1 h 3 min`, `2 d 4 h`: whole minutes, cut, as the status page says lengths."""


@dataclass(frozen=True, slots=True)
class Times:
    """How one viewer is told moments: in their zone, as seen from `now`."""

    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> "Times":
        """The same for the whole day: good for all but how long ago something was."""
        return replace(self, now=self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0))

    def clock(self, moment: datetime | None) -> Markup:
        """`03:38`, with the day before it when that is not today: `Tue 24 Nov 03:38`. Empty without a moment."""
        return self._marked(moment, "%H:%M")

    def exact(self, moment: datetime | None) -> Markup:
        """The same with seconds."""
        return self._marked(moment, "%H:%M:%S")

    def day(self, moment: datetime | None) -> Markup:
        """`Tue 24 Nov`, with the year when it is not this one."""
        if moment is None:
            return Markup("")
        return _time(moment, self._day(moment.astimezone(self.zone)))

    def field(self, moment: datetime | None) -> str:
        """As `<input type="datetime-local">` takes it: `2026-11-24T03:38`."""
        return "" if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    def ago(self, moment: datetime) -> str:
        """`12 min ago`, `in 3 min`; only beside an absolute time."""
        length = self.now - moment
        if length < timedelta():
            return f"in {lasting(-length)}"
        return "just now" if length < MINUTE else f"{lasting(length)} ago"

    def since(self, moment: datetime, until: datetime | None = None) -> str:
        """How long it has been, or was: `31 min`."""
        return lasting((until or self.now) - moment)

    @property
    def zone_name(self) -> str:
        """What the zone is called beside a time: `UTC`, `Europe/Berlin`."""
        return self.zone.key

    def _marked(self, moment: datetime | None, form: str) -> Markup:
        if moment is None:
            return Markup("")
        local = moment.astimezone(self.zone)
        today = local.date() == self.now.astimezone(self.zone).date()
        return _time(moment, f"{local:{form}}" if today else f"{self._day(local)}{PAUSE}{local:{form}}")

    def _day(self, local: datetime) -> str:
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year}"


def _time(moment: datetime, words: str) -> Markup:
    """A moment in words. A line may end before the time of day, for narrow columns, and nowhere else."""
    machine = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    shown = escape(words).replace(" ", "\u00a0").replace(PAUSE, " ")
    return Markup('<time datetime="{}">{}</time>').format(machine, shown)
