"""Assembling the postmortem of an incident from its record, once after the resolution and again after each correction.

The rule for "again": whatever is recorded on the timeline of a resolved incident queues an assembly (actions.record).
A section that a person has edited keeps what they wrote; a published postmortem is changed by people alone, unless the
incident was resolved anew since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.postmortems import learning, response, story
from actions.postmortems.material import Material, read_material
from actions.postmortems.sections import SECTION_KEYS, SECTIONS, Draft, section_markdown
from actions.promises import obligations_of
from actions.record import now, record
from auth.actor import SYSTEM
from core.db import Database
from models.facts.learning import PostmortemDrafted, PostmortemReassembled
from models.incident import Incident
from models.postmortem import LEARNING_STAGES, Postmortem, PostmortemSection, Statement
from models.words import PostmortemStatus

WRITERS = (
    story.summary,
    story.impact,
    story.timeline,
    response.roles,
    response.alerts,
    response.updates,
    response.times,
    learning.contributing_factors,
    learning.what_went_well,
    learning.what_went_badly,
    learning.action_items,
)


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be written: the statements, and the newest event that they rest on."""

    drafts: list[Draft]
    cursor: int

    def of(self, section: str) -> list[Draft]:
        """The statements of one section."""
        return [draft for draft in self.drafts if draft.section == section]


def compose(material: Material) -> Document:
    """The document that a record gives. A statement that rests on no event is not made."""

    def written() -> Iterator[Draft]:
        for writer in WRITERS:
            yield from writer(material)

    return Document([draft for draft in written() if draft.source_ids and draft.text], material.cursor)


async def assemble_postmortem(database: Database, incident_id: int) -> bool:
    """Draft the postmortem of a resolved incident, or bring it up to date; whether it changed.

    One consistent read, then one unit of work under the incident's lock: of assemblies that overlap, the one that read
    the newest record wins, and repeating one changes nothing. Nothing is done before the resolution. NOT_FOUND if there
    is no such incident.
    """
    async with database.reading() as reader:
        document = compose(await read_material(reader, incident_id))
    async with database.unit_of_work() as session:
        incident = await find_incident(session, SYSTEM, str(incident_id))
        if incident.stage not in LEARNING_STAGES:
            return False
        postmortem = (
            await session.scalars(select(Postmortem).where(Postmortem.incident_id == incident.id))
        ).one_or_none()
        if postmortem is None:
            return await _draft(session, incident, document)
        if postmortem.assembled_cursor >= document.cursor or _signed_off(postmortem, incident):
            return False
        return await _reassemble(session, incident, postmortem, document)


def _signed_off(postmortem: Postmortem, incident: Incident) -> bool:
    """Whether people published it, and the incident was not resolved anew since."""
    published, resolved = postmortem.published_at, incident.resolved_at
    return published is not None and (resolved is None or resolved <= published)


async def _due_at(session: AsyncSession, incident: Incident) -> datetime | None:
    """By when it must be finished: so many days after the resolution, if the severity requires one."""
    obligations = await obligations_of(session, incident)
    if obligations is None or not obligations.postmortem_required or obligations.postmortem_due_days is None:
        return None
    return incident.resolved_at + timedelta(days=obligations.postmortem_due_days) if incident.resolved_at else None


async def _draft(session: AsyncSession, incident: Incident, document: Document) -> bool:
    moment = now(session)
    postmortem = Postmortem(
        incident_id=incident.id,
        status=PostmortemStatus.DRAFT,
        created_at=moment,
        assembled_at=moment,
        assembled_cursor=document.cursor,
        due_at=await _due_at(session, incident),
    )
    session.add(postmortem)
    await session.flush()
    for position, section in enumerate(SECTIONS):
        session.add(
            PostmortemSection(
                postmortem_id=postmortem.id,
                key=section.key,
                title=section.title,
                position=position,
                generated=section_markdown(section, document.of(section.key)),
            )
        )
    await _write_statements(session, postmortem, [_row(draft) for draft in document.drafts])
    record(session, SYSTEM, PostmortemDrafted(statements=len(document.drafts)), incident=incident)
    return True


async def _reassemble(session: AsyncSession, incident: Incident, postmortem: Postmortem, document: Document) -> bool:
    sections = await sections_of(session, postmortem)
    edited = {key: section for key, section in sections.items() if section.edited is not None}
    for section in SECTIONS:
        row, markdown = sections[section.key], section_markdown(section, document.of(section.key))
        if row.generated != markdown:
            row.generated = markdown
            row.version += section.key not in edited
    drafts = [draft for draft in document.drafts if draft.section not in edited]
    rows = [_row(draft) for draft in drafts] + [_written(section) for section in edited.values()]
    changed = await _write_statements(session, postmortem, rows)
    if postmortem.status is PostmortemStatus.PUBLISHED:
        postmortem.status = PostmortemStatus.IN_REVIEW if edited else PostmortemStatus.DRAFT
        postmortem.published_at = None
        changed = True
    postmortem.due_at = await _due_at(session, incident)
    postmortem.assembled_at, postmortem.assembled_cursor = now(session), document.cursor
    if changed:
        record(session, SYSTEM, PostmortemReassembled(statements=len(drafts)), incident=incident, numbered=False)
    return changed


StatementRow = tuple[str, str, bool, list[int]]


def _row(draft: Draft) -> StatementRow:
    return (draft.section, draft.text, True, list(draft.source_ids))


def _written(section: PostmortemSection) -> StatementRow:
    """What a person wrote, among the statements."""
    return (section.key, section.markdown, False, [])


def _place(row: StatementRow) -> int:
    return SECTION_KEYS.index(row[0])


async def sections_of(session: AsyncSession, postmortem: Postmortem) -> dict[str, PostmortemSection]:
    """The sections of a postmortem by key, in their order."""
    statement = select(PostmortemSection).where(PostmortemSection.postmortem_id == postmortem.id)
    return {row.key: row for row in await session.scalars(statement.order_by(PostmortemSection.position))}


async def _write_statements(session: AsyncSession, postmortem: Postmortem, rows: list[StatementRow]) -> bool:
    """Replace the statements, in the order of the sections, if they differ; whether they did."""
    rows = sorted(rows, key=_place)
    own = Statement.postmortem_id == postmortem.id
    present = await session.execute(
        select(Statement.section, Statement.text, Statement.generated, Statement.source_ids)
        .where(own)
        .order_by(Statement.position)
    )
    standing: list[StatementRow] = [(row.section, row.text, row.generated, row.source_ids) for row in present]
    if sorted(standing, key=_place) == rows:
        return False
    await session.execute(delete(Statement).where(own))
    names = ("section", "text", "generated", "source_ids")
    values = [dict(zip(names, row, strict=True)) for row in rows]
    if values:
        placed = [{**value, "postmortem_id": postmortem.id, "position": i} for i, value in enumerate(values)]
        await session.execute(insert(Statement), placed)
    return True
