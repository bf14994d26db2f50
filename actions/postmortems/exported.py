"""A postmortem as it leaves the house: everything of it that its reader may see, read in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from actions.find import incident_key
from actions.postmortems.chart import Mark, chart
from actions.postmortems.sections import finished
from auth.actor import Actor
from auth.permission import Permission, require
from auth.visibility import visible_events, visible_to
from core.db import Reader
from core.errors import not_found
from models.event import Event
from models.incident import REFERENCE_PREFIX, Incident
from models.metric import MetricSnapshot
from models.postmortem import Postmortem, PostmortemSection, Statement
from models.service import Service
from models.words import PostmortemStatus

SOURCES = 100
"""Events that are listed for a statement; how many there are is said in any case."""


@dataclass(frozen=True, slots=True)
class Source:
    """An event that a statement rests on."""

    key: int
    incident: str | None
    """The reference of the merged incident on whose timeline it stands; None: on that of this one."""
    number: int | None
    kind: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A statement, and what it rests on."""

    section: str
    text: str
    generated: bool
    source_count: int
    sources: list[Source]


@dataclass(frozen=True, slots=True)
class Part:
    """A section; of a published postmortem, without the questions that nobody answered."""

    key: str
    title: str
    position: int
    markdown: str
    version: int
    edited: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """A metric, as data and as a picture."""

    snapshot: MetricSnapshot
    name: str
    svg: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A postmortem with all that belongs to it."""

    incident: Incident
    postmortem: Postmortem
    sections: list[Part]
    statements: list[Said]
    curves: list[Curve]

    @property
    def title(self) -> str:
        """Its title, in plain text."""
        return f"Postmortem of {self.incident.reference}: {self.incident.title}"


async def read_export(reader: Reader, actor: Actor, reference: str) -> Exported:
    """The postmortem of an incident, by its reference. NOT_FOUND if there is none, or the incident is not for them."""
    require(actor, Permission.READ)
    key = incident_key(reference, "incident")
    incident = await reader.row(Incident, select(Incident).where(Incident.id == key, visible_to(actor)))
    if incident is None:
        raise not_found("incident", "incident", reference)
    row = await reader.row(Postmortem, select(Postmortem).where(Postmortem.incident_id == incident.id))
    if row is None:
        raise not_found("incident", "postmortem of", incident.reference)
    own = select(PostmortemSection).where(PostmortemSection.postmortem_id == row.id)
    sections = await reader.rows(PostmortemSection, own.order_by(PostmortemSection.position, PostmortemSection.id))
    theirs = select(Statement).where(Statement.postmortem_id == row.id).order_by(Statement.position, Statement.id)
    statements = await reader.rows(Statement, theirs)
    said = await _said(reader, actor, incident, statements)
    return Exported(incident, row, [_part(row, each) for each in sections], said, await _curves(reader, incident))


def _part(postmortem: Postmortem, row: PostmortemSection) -> Part:
    published = postmortem.status is PostmortemStatus.PUBLISHED
    text = finished(row.markdown) if published else row.markdown
    return Part(row.key, row.title, row.position, text, row.version, row.edited is not None)


async def _said(reader: Reader, actor: Actor, incident: Incident, statements: Sequence[Statement]) -> list[Said]:
    keys = sorted({key for each in statements for key in each.source_ids[:SOURCES]})
    found = {}
    for start in range(0, len(keys), 10_000):  # PostgreSQL takes 32,767 parameters
        part = Event.id.in_(keys[start : start + 10_000])
        for event in await reader.rows(Event, select(Event).where(part, visible_events(actor))):
            merged = f"{REFERENCE_PREFIX}{event.incident_id}" if event.incident_id != incident.id else None
            found[event.id] = Source(event.id, merged, event.number, event.kind, event.occurred_at)
    return [
        Said(
            each.section,
            each.text,
            each.generated,
            len(each.source_ids),
            [found[key] for key in each.source_ids[:SOURCES] if key in found],
        )
        for each in statements
    ]


async def _curves(reader: Reader, incident: Incident) -> list[Curve]:
    own = (
        select(MetricSnapshot, Service.name)
        .join(Service, Service.id == MetricSnapshot.service_id)
        .where(MetricSnapshot.incident_id == incident.id)
        .order_by(MetricSnapshot.id)
    )
    names = {row[0]: row[1] for row in await reader.execute(own.with_only_columns(MetricSnapshot.id, Service.name))}
    kept = select(MetricSnapshot).where(MetricSnapshot.incident_id == incident.id).order_by(MetricSnapshot.id)
    marks = marks_of(incident)
    found = []
    for row in await reader.rows(MetricSnapshot, kept):
        name = f"{row.name} of {names[row.id]}"
        found.append(Curve(row, name, chart(row, name, marks)))
    return found


def marks_of(incident: Incident) -> list[Mark]:
    """The moments of an incident that its charts show."""
    moments = (
        (incident.impact_started_at, "impact"),
        (incident.detected_at, "detected"),
        (incident.mitigated_at, "mitigated"),
        (incident.resolved_at, "resolved"),
    )
    return [Mark(moment, words) for moment, words in moments if moment is not None]
