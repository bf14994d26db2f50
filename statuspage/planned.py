"""Planned work, read in the same snapshot as everything else. All of it is public from when it is scheduled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, text

from actions.pages.known import PageScope
from core.db import Reader
from core.phrase import phrase
from models.maintenance import (
    PENDING,
    PENDING_SQL,
    RUNNING,
    Maintenance,
    MaintenanceComponent,
    MaintenanceUpdate,
    maintenance_reference,
)
from models.words import MaintenanceState
from statuspage.frame import frame_of, wording, work_on_page

MOST = 50
"""Works in one document."""
MOST_IN_CALENDAR = 400
CALENDAR_DAYS = 180
"""For so long after it was to end, work stays in the calendar."""

UNSAID = {
    MaintenanceState.IN_PROGRESS: phrase("The work has begun."),
    MaintenanceState.COMPLETED: phrase("The work is done."),
    MaintenanceState.CANCELLED: phrase("The work will not take place."),
}
"""What is told of a step that was taken without words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was told of a work. `key` stays the same for it."""

    key: str
    status: MaintenanceState
    body: str
    at: datetime
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance as customers know it; `told` from the oldest to the newest, without what was withdrawn."""

    id: int
    title: str
    body: str
    state: MaintenanceState
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None
    sequence: int
    created_at: datetime
    changed_at: datetime
    components: tuple[int, ...]
    told: tuple[Step, ...]

    @property
    def reference(self) -> str:
        """`MNT-12`."""
        return maintenance_reference(self.id)

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self.state in RUNNING

    @property
    def pending(self) -> bool:
        """Whether it is still to come, or under way."""
        return self.state in PENDING

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that customers were told, oldest first: the plan, what was said, and steps that nobody said a word of."""
        said = {step.status for step in self.told}
        moments = {
            MaintenanceState.IN_PROGRESS: self.started_at,
            MaintenanceState.COMPLETED: self.ended_at,
            MaintenanceState.CANCELLED: self.cancelled_at,
        }
        silent = [
            Step(status.value.lower(), status, UNSAID[status], at)
            for status, at in moments.items()
            if at is not None and status not in said
        ]
        plan = Step("plan", MaintenanceState.SCHEDULED, self.body, self.created_at)
        return (plan, *sorted((*self.told, *silent), key=lambda step: step.at))


def unfinished() -> ColumnElement[bool]:
    """Work that is to come, or under way."""
    return text(PENDING_SQL)  # type: ignore[return-value]


def not_cancelled() -> ColumnElement[bool]:
    """Work that takes place, or took place. Written out, because a plan for any state would read all there is."""
    return text(f"state <> '{MaintenanceState.CANCELLED}'")  # type: ignore[return-value]


def unfinished_or_since(moment: datetime) -> ColumnElement[bool]:
    """The same, and what was to start since a moment."""
    return or_(unfinished(), Maintenance.starts_at >= moment)


def in_calendar(now: datetime) -> ColumnElement[bool]:
    """Work that calendars may still hold; cancelled work, too, for they must be told."""
    return Maintenance.starts_at >= now - timedelta(days=CALENDAR_DAYS)


async def read_works(
    reader: Reader, which: ColumnElement[bool], *, limit: int = MOST, soonest_first: bool = True
) -> tuple[Work, ...]:
    """The works wanted, by when they are to start."""
    order = (Maintenance.starts_at, Maintenance.id)
    by = order if soonest_first else tuple(column.desc() for column in order)
    rows = await reader.rows(
        Maintenance, select(Maintenance).where(which, await work_on_page(reader)).order_by(*by).limit(limit)
    )
    keys = [row.id for row in rows]
    components = await _components(reader, keys, (await frame_of(reader)).scope)
    told = await _told(reader, keys)
    return tuple(_work(row, components.get(row.id, []), told.get(row.id, [])) for row in rows)


def _work(row: Any, components: list[int], told: list[Step]) -> Work:
    return Work(
        id=row.id,
        title=row.title,
        body=row.body,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        cancelled_at=row.cancelled_at,
        sequence=row.sequence,
        created_at=row.created_at,
        changed_at=row.changed_at,
        components=tuple(components),
        told=tuple(told),
    )


async def _components(reader: Reader, keys: list[int], scope: PageScope) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if keys:
        of, component = MaintenanceComponent.maintenance_id, MaintenanceComponent.component_id
        for work, key in await reader.execute(select(of, component).where(of.in_(keys)).order_by(of, component)):
            if scope.shows(key):
                found.setdefault(work, []).append(key)
    return found


async def _told(reader: Reader, keys: list[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {}
    if not keys:
        return found
    worded = await wording(reader)
    standing = select(MaintenanceUpdate).where(
        MaintenanceUpdate.maintenance_id.in_(keys), MaintenanceUpdate.withdrawn_at.is_(None)
    )
    for row in await reader.rows(MaintenanceUpdate, standing.order_by(MaintenanceUpdate.id)):
        step = Step(str(row.id), row.status, worded(row.body), row.published_at, row.edited_at)
        found.setdefault(row.maintenance_id, []).append(step)
    return found
