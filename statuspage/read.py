"""What the public may know, read in one snapshot.

This room sees incidents with eyes of its own: only those with a public update that stands, visible to the organisation,
and no drills; and for a further page only those that touch one of its components (statuspage.frame). Nothing but the
public title, the public updates and their components leaves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, text, union

from actions.components import spans_of
from actions.pages.known import KnownPage, PageScope
from core.db import Reader
from models.incident import UNFINISHED_SQL, Incident
from models.logo import LogoTheme
from models.organisation import Organisation
from models.service import Component
from models.update import Update, UpdateComponent
from models.uptime import Span
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Visibility
from statuspage.earlier import read_earlier
from statuspage.frame import frame_of, on_page, time_zone_of, wording
from statuspage.learned import learned_since, read_learned
from statuspage.planned import Work
from statuspage.recollection import recall
from statuspage.said import Said as Said  # noqa: PLC0414 (others take them from here)
from statuspage.said import Thread as Thread  # noqa: PLC0414

BAR_DAYS = 90
MAX_THREADS = 200
"""Incidents on one page. A page that must show more shows the newest."""

UNFINISHED_FIRST: tuple[ColumnElement[Any], ...] = (
    Incident.public_status == PublicStatus.RESOLVED,
    Incident.public_since.desc(),
    Incident.id.desc(),
)


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
    description: str | None = None

    def __hash__(self) -> int:
        """By what tells nearly all apart, as of incidents."""
        return hash((self.id, self.status))


@dataclass(frozen=True, slots=True)
class Mark:
    """A logo without its bytes, for one theme of the page."""

    theme: LogoTheme
    digest: str
    media_type: str
    width: int
    height: int


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
    first_at: datetime | None = None
    """Where the history is shown: when customers were first told of anything."""
    works: tuple[Work, ...] = ()
    """Planned work, by when it is to start."""
    past_works: tuple[Work, ...] = ()
    """Work that took place, where the past is shown."""
    language: str = "en"
    """In which the page speaks; what people wrote stays as they wrote it."""
    accent_light: str | None = None
    accent_dark: str | None = None
    marks: tuple[Mark, ...] = ()
    """Its logos: its own, or the organisation's."""
    page_id: int | None = None
    """Which page this is; None: our own."""
    private: bool = False
    """Whether only some may read it. Nobody subscribes to such a page."""

    @property
    def shown(self) -> tuple[Part, ...]:
        """The components on the page; archived ones only keep their names in old updates."""
        return tuple(part for part in self.components if not part.archived)

    @property
    def open_threads(self) -> tuple[Thread, ...]:
        """Incidents that customers have not been told to be over, the newest word first."""
        open_ = (thread for thread in self.threads if thread.ended_at is None)
        return tuple(sorted(open_, key=lambda thread: thread.last.published_at, reverse=True))


ANY_TIME = datetime(1, 1, 1, tzinfo=UTC)


def affected(thread: Thread, site: Site) -> list[Part]:
    """The components that an incident's updates spoke of, in the order of the page."""
    return [part for part in site.components if part.id in thread.named]


def around(thread: Thread, site: Site) -> Site:
    """What is left of a site for who tells of one of its incidents: what is made of both need not be made again."""
    parts, zone = tuple(affected(thread, site)), site.time_zone
    return Site("", zone, None, ANY_TIME, parts, (), language=site.language, page_id=site.page_id)


def public() -> ColumnElement[bool]:
    """The condition that holds for incidents that the public may know of."""
    return and_(
        Incident.public_since.is_not(None),
        Incident.visibility == Visibility.ORGANISATION,
        Incident.kind != IncidentKind.DRILL,
    )


def unfinished_or_since(moment: datetime, *, learned: bool = False) -> ColumnElement[bool]:
    """Incidents that are not over for customers, or of which they heard since a moment; with `learned` what of them."""
    heard = select(Update.incident_id).where(
        Update.audience == Audience.PUBLIC, Update.withdrawn_at.is_(None), Update.published_at >= moment
    )
    unfinished = select(Incident.id).where(text(UNFINISHED_SQL))
    return Incident.id.in_(union(unfinished, heard, *([learned_since(moment)] if learned else [])))


async def read_site(
    reader: Reader,
    which: ColumnElement[bool] | None = None,
    *,
    limit: int = MAX_THREADS,
    bodies: bool = True,
    spans: bool = False,
    earlier: bool = False,
    order: Sequence[ColumnElement[Any]] = UNFINISHED_FIRST,
) -> Site:
    """The page's matter: the organisation, all components, and the public incidents wanted, unfinished ones first.

    Without `which`: no incidents. Without `bodies`: updates without their words. Without `spans`: components without
    their past. Without `earlier`: updates without their earlier wordings.
    """
    now = reader.clock.now()
    organisation, rows, logos, scope = await frame_of(reader)
    page = scope.page
    threads: tuple[Thread, ...] = ()
    if which is not None:
        threads = await _threads(reader, which, limit=limit, bodies=bodies, earlier=earlier, order=order)
    return Site(
        name=page.name if page else organisation.name if organisation else "Muster",
        time_zone=await time_zone_of(reader),
        support_url=organisation.support_url if organisation else None,
        read_at=now,
        components=await _components(reader, rows, spans=spans),
        threads=threads,
        all_threads=len(threads) < limit,
        language=_own(page, organisation, "language") or "en",
        accent_light=_own(page, organisation, "accent_light"),
        accent_dark=_own(page, organisation, "accent_dark"),
        marks=tuple(Mark(*row) for row in logos),
        page_id=scope.page_id,
        private=page is not None and not page.open,
    )


def _own(page: KnownPage | None, organisation: Organisation | None, name: str) -> str | None:
    """What a page has of its own, else what the organisation has."""
    value: str | None = getattr(page, name, None) or getattr(organisation, name, None)
    return value


_parts: WeakKeyDictionary[Reader, dict[bool, tuple[Part, ...]]] = WeakKeyDictionary()
"""The components of a snapshot, with or without their past, which several views show."""


async def _components(reader: Reader, rows: list[Component], *, spans: bool) -> tuple[Part, ...]:
    found = _parts.setdefault(reader, {})
    if spans not in found:
        since = reader.clock.now() - timedelta(days=BAR_DAYS + 1)
        past = await spans_of(reader, [row.id for row in rows], since) if spans else {}
        found[spans] = tuple(
            Part(
                *(row.id, row.name, row.group, row.status, row.created_at, row.archived),
                spans=tuple(past.get(row.id, ())),
                description=row.description,
            )
            for row in rows
        )
    return found[spans]


async def _threads(
    reader: Reader,
    which: ColumnElement[bool],
    *,
    limit: int,
    bodies: bool,
    earlier: bool,
    order: Sequence[ColumnElement[Any]],
) -> tuple[Thread, ...]:
    incidents = await reader.execute(
        select(Incident.id, Incident.public_title)
        .where(public(), await on_page(reader), which)
        .order_by(*order)
        .limit(limit)
    )
    known = {} if earlier else {row.id: recall(reader, row.id, bodies=bodies) for row in incidents}
    titles = {row.id: row.public_title for row in incidents if known.get(row.id) is None}
    read = await _with_words(reader, titles, bodies=bodies, earlier=earlier) if titles else {}
    threads = (known.get(row.id) or read[row.id] for row in incidents)
    return tuple(thread for thread in threads if thread.standing)


async def _with_words(
    reader: Reader, titles: dict[int, str | None], *, bodies: bool, earlier: bool
) -> dict[int, Thread]:
    """Incidents, given by their public titles, with all that was said of them."""
    said: dict[int, list[Said]] = {key: [] for key in titles}
    changes = await _changes(reader, list(said), (await frame_of(reader)).scope)
    before = await read_earlier(reader, list(said)) if earlier else {}
    worded = await wording(reader)
    for row in await reader.execute(_updates(list(said), bodies=bodies)):
        said[row.incident_id].append(
            Said(
                number=row.number,
                status=row.status,
                body=worded(row.body),
                published_at=row.published_at,
                edited_at=row.edited_at,
                withdrawn_at=row.withdrawn_at,
                promised_by=row.promised_by,
                next_update_by=row.next_update_by,
                changes=tuple(changes.get(row.id, ())),
                recorded_at=row.recorded_at,
                earlier=tuple(before.get(row.id, ())),
            )
        )
    learned = await read_learned(reader, list(said), bodies=bodies)
    return {key: Thread(key, title, tuple(said[key]), learned.get(key)) for key, title in titles.items()}


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
            Update.recorded_at,
            Update.edited_at,
            Update.withdrawn_at,
            Update.promised_by,
            Update.next_update_by,
        )
        .where(Update.incident_id.in_(incident_ids), Update.audience == Audience.PUBLIC)
        .order_by(Update.incident_id, Update.published_at, Update.id)
    )


async def _changes(
    reader: Reader, incident_ids: list[int], scope: PageScope
) -> dict[int, list[tuple[int, ComponentStatus]]]:
    """What each update said of the page's components, by update."""
    rows = await reader.execute(
        select(UpdateComponent.update_id, UpdateComponent.component_id, UpdateComponent.to_status)
        .join(Update, Update.id == UpdateComponent.update_id)
        .where(Update.incident_id.in_(incident_ids), Update.audience == Audience.PUBLIC)
        .order_by(UpdateComponent.update_id, UpdateComponent.component_id)
    )
    changes: dict[int, list[tuple[int, ComponentStatus]]] = {}
    for update_id, component_id, status in rows:
        if not scope.shows(component_id):
            continue
        changes.setdefault(update_id, []).append((component_id, status))
    return changes
