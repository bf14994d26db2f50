"""The timeline as a page shows it: the newest first, a stretch of it at a time, all of it or one kind of lines."""

from dataclasses import dataclass

from actions.narrate import told
from core.ids import encode
from models.event import Event
from models.facts.response import EntryAdded
from models.incident import REFERENCE_PREFIX, Incident
from models.words import EntryKind
from resolvers import events
from resolvers.context import Context
from resolvers.page import Cursor

STRETCH = 50
SHOWN = {
    "all": "All",
    "decisions": "Decisions",
    "people": "People",
    "pinned": "Pinned",
}
"""Which lines can be asked for, and what the choice is called."""
UPDATES = ("update.published", "update.edited", "update.withdrawn")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of the timeline. `text` is Markdown where a person wrote it, a sentence where something happened.

    Two that are drawn alike are equal, so that what was drawn once is drawn no more.
    """

    event: Event
    author: str
    text: str
    pinned: bool
    elsewhere: str | None
    """The reference of the incident that it happened in, where that was merged into this one."""

    @property
    def drawn(self) -> tuple[object, ...]:
        """All of it that is seen."""
        event = self.event
        happened = event.id, event.number, event.kind, event.entry_kind, event.occurred_at, event.recorded_at
        return *happened, self.author, self.text, self.pinned, self.elsewhere

    def __eq__(self, other: object) -> bool:
        """Whether the other is drawn alike."""
        return isinstance(other, Line) and self.drawn == other.drawn

    def __hash__(self) -> int:
        """The same for lines that are drawn alike."""
        return hash(self.drawn)

    @property
    def id(self) -> str:
        """The event as the API calls it."""
        return encode("Event", self.event.id)

    @property
    def entry(self) -> bool:
        """Whether a person wrote it."""
        return self.event.kind == EntryAdded.kind

    @property
    def kind(self) -> str:
        """How the line is drawn: `note`, `decision`, … of entries, `event` of everything else."""
        return (self.event.entry_kind or EntryKind.NOTE).value.lower() if self.entry else "event"

    @property
    def shown(self) -> str:
        """With which choices of what is shown it is there besides all, as `read_log` has it."""
        chosen = {
            "decisions": self.event.entry_kind is EntryKind.DECISION,
            "people": self.entry or self.event.kind in UPDATES,
            "pinned": self.pinned,
        }
        return " ".join(key for key, holds in chosen.items() if holds)

    @property
    def late(self) -> bool:
        """Whether it was written down more than a minute after it happened."""
        return (self.event.recorded_at - self.event.occurred_at).total_seconds() > 60  # noqa: PLR2004 (seconds)


@dataclass(frozen=True, slots=True)
class Log:
    """A stretch of a timeline, the newest line first."""

    lines: list[Line]
    earlier: Cursor | None
    """Where the lines before it end; None: it begins with the first."""
    later: Cursor | None
    """Where the lines after it begin; None: it ends with the newest."""


async def read_log(
    ctx: Context, incident: Incident, *, show: str = "all", before: str | None = None, after: str | None = None
) -> Log:
    """The newest stretch of a timeline, or that before or after a cursor. INVALID_INPUT for one of another list."""
    asked: dict[str, object] = {"first": STRETCH, "after": after} if after else {"last": STRETCH, "before": before}
    if show == "decisions":
        asked["entry_kinds"] = [EntryKind.DECISION]
    elif show == "people":
        asked["kinds"] = [EntryAdded.kind, *UPDATES]
    elif show == "pinned":
        asked["pinned"] = True
    [page] = await events.timelines(ctx, [incident], **asked)  # type: ignore[arg-type]
    lines = await lines_of(ctx, incident, page.nodes)
    return Log(
        lines[::-1],
        page.start_cursor if page.has_previous_page else None,
        page.end_cursor if page.has_next_page else None,
    )


async def lines_of(ctx: Context, incident: Incident, found: list[Event]) -> list[Line]:
    """Events as lines, in their order."""
    words = await told(ctx.reader, found)
    pins = await events.pinned(ctx, found)
    return [
        Line(event, said.author, said.text, pin, _elsewhere(event, incident))
        for event, said, pin in zip(found, words, pins, strict=True)
    ]


def _elsewhere(event: Event, incident: Incident) -> str | None:
    return None if event.incident_id == incident.id else f"{REFERENCE_PREFIX}{event.incident_id}"
