"""What the public may know, read in one snapshot.

This room sees incidents with eyes of its own: only those with a public update that stands, visible to the organisation,
and no drills. Nothing but the public title, the public updates and their components leaves it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, text, union

from actions.components import spans_of
from core.db import Reader
from models.incident import REFERENCE_PREFIX, UNFINISHED_SQL, Incident
from models.organisation import Organisation
from models.service import Component
from models.update import Update, UpdateComponent
from models.uptime import Span
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Visibility

BAR_DAYS = 90
MAX_THREADS = 200
"""Incidents on one page. A page that must show more shows the newest."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component. `spans`: its periods within the last 90 days."""

    id: int
    name: str
    group: str | None
    status: ComponentStatus
    created_at: datetime
    archived: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A public update. `number` counts within its incident, withdrawn ones too, so that it never changes."""

    number: int
    status: PublicStatus
    body: str
    published_at: datetime
    edited_at: datetime | None
    withdrawn_at: datetime | None
    promised_by: datetime | None
    next_update_by: datetime | None
    changes: tuple[tuple[int, ComponentStatus], ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """The public side of an incident; `updates` from the oldest to the newest."""

    id: int
    title: str | None
    updates: tuple[Said, ...]

    @property
    def reference(self) -> str:
        """`INC-123`."""
        return f"{REFERENCE_PREFIX}{self.id}"

    @property
    def standing(self) -> tuple[Said, ...]:
        """The updates that were not withdrawn: at least one."""
        return tuple(said for said in self.updates if said.withdrawn_at is None)

    @property
    def last(self) -> Said:
        """The newest word: what customers are to believe."""
        return self.standing[-1]

    @property
    def began_at(self) -> datetime:
        """When customers were first told."""
        return self.standing[0].published_at

    @property
    def ended_at(self) -> datetime | None:
        """When they were told that it is over: the first RESOLVED after which nothing else was said."""
        ended = None
        for said in self.standing:
            ended = (ended or said.published_at) if said.status is PublicStatus.RESOLVED else None
        return ended

    @property
    def promise(self) -> datetime | None:
        """The promise of the next update that customers have read."""
        return None if self.ended_at else self.last.next_update_by

    @property
    def changed_at(self) -> datetime:
        """When it was last said, edited or withdrawn."""
        return max(m for s in self.updates for m in (s.published_at, s.edited_at, s.withdrawn_at) if m)


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that one page shows, as of `read_at`."""

    name: str
    time_zone: str
    support_url: str | None
    read_at: datetime
    components: tuple[Part, ...]
    threads: tuple[Thread, ...]
    all_threads: bool = True
    """Whether these are all incidents that were asked for, and not only the newest of them."""

    @property
    def shown(self) -> tuple[Part, ...]:
        """The components on the page; archived ones only keep their names in old updates."""
        return tuple(part for part in self.components if not part.archived)

    @property
    def open_threads(self) -> tuple[Thread, ...]:
        """Incidents that customers have not been told to be over, the newest word first."""
        open_ = (thread for thread in self.threads if thread.ended_at is None)
        return tuple(sorted(open_, key=lambda thread: thread.last.published_at, reverse=True))


def public() -> ColumnElement[bool]:
    """The condition that holds for incidents that the public may know of."""
    return and_(
        Incident.public_since.is_not(None),
        Incident.visibility == Visibility.ORGANISATION,
        Incident.kind != IncidentKind.DRILL,
    )


def unfinished_or_since(moment: datetime) -> ColumnElement[bool]:
    """Incidents that are not over for customers, or of which they heard since a moment."""
    heard = select(Update.incident_id).where(
        Update.audience == Audience.PUBLIC, Update.withdrawn_at.is_(None), Update.published_at >= moment
    )
    unfinished = select(Incident.id).where(text(UNFINISHED_SQL))
    return Incident.id.in_(union(unfinished, heard))


async def read_site(
    reader: Reader,
    which: ColumnElement[bool] | None = None,
    *,
    limit: int = MAX_THREADS,
    bodies: bool = True,
    spans: bool = False,
) -> Site:
    """The page's matter: the organisation, all components, and the public incidents wanted, unfinished ones first.

    Without `which`: no incidents. Without `bodies`: updates without their words. Without `spans`: components without
    their past.
    """
    now = reader.clock.now()
    organisation = await reader.row(Organisation, select(Organisation))
    threads = await _threads(reader, which, limit=limit, bodies=bodies) if which is not None else ()
    return Site(
        name=organisation.name if organisation else "Muster",
        time_zone=organisation.time_zone if organisation else "UTC",
        support_url=organisation.support_url if organisation else None,
        read_at=now,
        components=await _components(reader, now, spans=spans),
        threads=threads,
        all_threads=len(threads) < limit,
    )


async def _components(reader: Reader, now: datetime, *, spans: bool) -> tuple[Part, ...]:
    ordered = select(Component).order_by(Component.position, Component.name, Component.id)
    rows = await reader.rows(Component, ordered)
    since = now - timedelta(days=BAR_DAYS + 1)
    past = await spans_of(reader, [row.id for row in rows], since) if spans else {}
    return tuple(
        Part(row.id, row.name, row.group, row.status, row.created_at, row.archived, tuple(past.get(row.id, ())))
        for row in rows
    )


async def _threads(reader: Reader, which: ColumnElement[bool], *, limit: int, bodies: bool) -> tuple[Thread, ...]:
    incidents = await reader.execute(
        select(Incident.id, Incident.public_title)
        .where(public(), which)
        .order_by(Incident.public_status == PublicStatus.RESOLVED, Incident.public_since.desc(), Incident.id.desc())
        .limit(limit)
    )
    said: dict[int, list[Said]] = {row.id: [] for row in incidents}
    changes = await _changes(reader, list(said))
    for row in await reader.execute(_updates(list(said), bodies=bodies)):
        said[row.incident_id].append(
            Said(
                number=row.number,
                status=row.status,
                body=row.body,
                published_at=row.published_at,
                edited_at=row.edited_at,
                withdrawn_at=row.withdrawn_at,
                promised_by=row.promised_by,
                next_update_by=row.next_update_by,
                changes=tuple(changes.get(row.id, ())),
            )
        )
    threads = (Thread(row.id, row.public_title, tuple(said[row.id])) for row in incidents)
    return tuple(thread for thread in threads if thread.standing)


def _updates(incident_ids: list[int], *, bodies: bool) -> Select[Any]:
    """The public updates of incidents, oldest first, each with its number within its incident."""
    number = func.row_number().over(partition_by=Update.incident_id, order_by=Update.id)
    return (
        select(
            Update.id,
            Update.incident_id,
            number.label("number"),
            Update.status,
            (Update.body if bodies else literal("")).label("body"),
            Update.published_at,
            Update.edited_at,
            Update.withdrawn_at,
            Update.promised_by,
            Update.next_update_by,
        )
        .where(Update.incident_id.in_(incident_ids), Update.audience == Audience.PUBLIC)
        .order_by(Update.incident_id, Update.id)
    )


async def _changes(reader: Reader, incident_ids: list[int]) -> dict[int, list[tuple[int, ComponentStatus]]]:
    """What each update said of components, by update."""
    rows = await reader.execute(
        select(UpdateComponent.update_id, UpdateComponent.component_id, UpdateComponent.to_status)
        .join(Update, Update.id == UpdateComponent.update_id)
        .where(Update.incident_id.in_(incident_ids), Update.audience == Audience.PUBLIC)
        .order_by(UpdateComponent.update_id, UpdateComponent.component_id)
    )
    changes: dict[int, list[tuple[int, ComponentStatus]]] = {}
    for update_id, component_id, status in rows:
        changes.setdefault(update_id, []).append((component_id, status))
    return changes
