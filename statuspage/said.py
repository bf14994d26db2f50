"""What was said of an incident in public, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from models.incident import REFERENCE_PREFIX
from models.words import ComponentStatus, PublicStatus
from statuspage.earlier import Earlier


@dataclass(frozen=True, slots=True)
class Said:
    """A public update. `number` counts within its incident, withdrawn ones too, so that it never changes.

    `recorded_at`: when a back-dated one was written. `earlier`: its earlier wordings, where they were read, oldest
    first, without those that were hidden.
    """

    number: int
    status: PublicStatus
    body: str
    published_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    promised_by: datetime | None
    next_update_by: datetime | None
    changes: tuple[tuple[int, ComponentStatus], ...]
    recorded_at: datetime | None = None
    earlier: tuple[Earlier, ...] = ()

    @property
    def written_at(self) -> datetime:
        """When it could be read for the first time."""
        return self.recorded_at or self.published_at

    @property
    def changed_at(self) -> datetime:
        """When it was written or last reworded."""
        return self.edited_at or self.written_at


@dataclass(frozen=True, slots=True)
class Learned:
    """What customers were told was learned. A withdrawn one has no words, and only tells when it went."""

    body: str
    published_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def changed_at(self) -> datetime:
        """When it was written or last reworded."""
        return self.edited_at or self.published_at


@dataclass(frozen=True)
class Thread:
    """The public side of an incident; `updates` from the oldest to the newest. What follows from them is found once."""

    id: int
    title: str | None
    updates: tuple[Said, ...]
    learned: Learned | None = None
    """The public postmortem, a withdrawn one, too."""

    def __hash__(self) -> int:
        """By what tells nearly all apart: what is made of an incident is remembered by it, and looked up often."""
        return hash((self.id, self.updates[-1].published_at if self.updates else None))

    @property
    def postmortem(self) -> Learned | None:
        """The public postmortem that stands."""
        return self.learned if self.learned is not None and self.learned.withdrawn_at is None else None

    @property
    def reference(self) -> str:
        """`INC-123`."""
        return f"{REFERENCE_PREFIX}{self.id}"

    @cached_property
    def named(self) -> frozenset[int]:
        """The components that the updates that stand spoke of."""
        return frozenset(key for said in self.standing for key, _ in said.changes)

    @cached_property
    def standing(self) -> tuple[Said, ...]:
        """The updates that were not withdrawn: at least one."""
        return tuple(said for said in self.updates if said.withdrawn_at is None)

    @property
    def last(self) -> Said:
        """The newest word: what customers are to believe."""
        return self.standing[-1]

    @cached_property
    def began_at(self) -> datetime:
        """When customers were first told."""
        return self.standing[0].published_at

    @cached_property
    def ended_at(self) -> datetime | None:
        """When they were told that it is over: the first RESOLVED after which nothing else was said."""
        ended = None
        for said in self.standing:
            ended = (ended or said.published_at) if said.status is PublicStatus.RESOLVED else None
        return ended

    @property
    def promise(self) -> datetime | None:
        """The promise of the next update that customers have read; back-dated updates made none."""
        of_now = (said for said in reversed(self.standing) if said.recorded_at is None)
        spoke = next(of_now, None)
        return None if self.ended_at or spoke is None else spoke.next_update_by

    @cached_property
    def changed_at(self) -> datetime:
        """When it was last said, edited or withdrawn."""
        moments = [m for s in self.updates for m in (s.written_at, s.edited_at, s.withdrawn_at) if m]
        if self.learned is not None:
            moments += [self.learned.withdrawn_at or self.learned.changed_at]
        return max(moments)
