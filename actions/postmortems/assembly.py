"""Assembling the postmortem of an incident from its record, once after the resolution and again after each correction.

The rule for "again": whatever is recorded on the timeline of a resolved incident queues an assembly (actions.record).
What a person wrote stays in any case; the rest follows the record by itself until somebody is asked to review it. From
then on nothing changes under readers' eyes: people are shown what a re-assembly would change, and ask for it
(actions.postmortems.reassembly). Published, and the incident resolved anew since: it is a draft again, or in review if
people have written in it. Action items are no part of what is reviewed, but what is owed: their section shows them as
they are until it is published, and is frozen then.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.postmortems.composing import Document, compose
from actions.postmortems.measuring import order_measuring
from actions.postmortems.reading import read_material
from actions.postmortems.reminding import remind_at
from actions.postmortems.sections import SECTION_KEYS, SECTIONS, Draft
from actions.postmortems.templates import sections_for
from actions.postmortems.writing import StatementRow, keep_version, said_by_people
from actions.promises import obligations_of
from actions.record import now, record
from auth.actor import SYSTEM, Actor
from core.db import Database, Within
from models.facts.learning import PostmortemDrafted, PostmortemReassembled
from models.incident import Incident
from models.postmortem import LEARNING_STAGES, Postmortem, PostmortemSection, Statement
from models.words import PostmortemStatus
from models.writing import PostmortemReviewer


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
        postmortem = await locked(session, incident)
        if postmortem is None:
            return await _draft(session, incident, document)
        if postmortem.assembled_cursor >= document.cursor:
            return False
        if not await follows(session, postmortem, incident):
            return await _bring_items(session, incident, postmortem, document)
        return await rewrite(session, SYSTEM, incident, postmortem, document)


async def locked(session: AsyncSession, incident: Incident) -> Postmortem | None:
    """The postmortem of an incident whose row is locked, locked itself before its parts are; None if there is none."""
    own = select(Postmortem).where(Postmortem.incident_id == incident.id).with_for_update(key_share=True)
    return (await session.scalars(own)).one_or_none()


async def follows(session: AsyncSession, postmortem: Postmortem, incident: Incident) -> bool:
    """Whether it follows the record by itself: nobody reviews it, or the incident was resolved anew since."""
    if postmortem.status is not PostmortemStatus.PUBLISHED:
        reviewers = select(PostmortemReviewer.id).where(PostmortemReviewer.postmortem_id == postmortem.id).limit(1)
        return await session.scalar(reviewers) is None
    published, resolved = postmortem.published_at, incident.resolved_at
    return published is not None and resolved is not None and resolved > published


async def catch_up(session: AsyncSession, incident: Incident, postmortem: Postmortem) -> None:
    """Bring what follows the record up to date at once, where its assembly is still waiting."""
    document = compose(await read_material(Within(session), incident.id))
    if document.cursor <= postmortem.assembled_cursor:
        return
    if await follows(session, postmortem, incident):
        await rewrite(session, SYSTEM, incident, postmortem, document)
    else:
        await _bring_items(session, incident, postmortem, document)


async def _bring_items(session: AsyncSession, incident: Incident, postmortem: Postmortem, document: Document) -> bool:
    """Bring the action items of one that is in review up to date: until it is published, they are the living ones."""
    if postmortem.status is PostmortemStatus.PUBLISHED:
        return False
    return await rewrite(session, SYSTEM, incident, postmortem, document, only=ACTION_ITEMS)


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
    postmortem.remind_at = remind_at(postmortem.due_at, moment)
    session.add(postmortem)
    await session.flush()
    await _add_sections(session, postmortem, incident)
    await _all_sections(session, postmortem)
    generated = document.markdown()
    for key, section in (await sections_of(session, postmortem)).items():
        section.generated = generated.get(key, section.generated)
    await _write_statements(session, postmortem, [_row(draft) for draft in document.drafts])
    record(session, SYSTEM, PostmortemDrafted(statements=len(document.drafts)), incident=incident)
    await order_measuring(session, incident)
    return True


async def rewrite(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    postmortem: Postmortem,
    document: Document,
    *,
    only: str | None = None,
) -> bool:
    """Bring what is generated, or `only` one section of it, up to date, under the incident's lock.

    Whether anything that people read changed.
    """
    sections = await _all_sections(session, postmortem)
    edited = {key: section for key, section in sections.items() if section.edited is not None}
    for key, markdown in document.markdown().items():
        row = sections[key]
        if row.generated != markdown and only in (None, key):
            seen = key not in edited
            asked_for = seen and actor is not SYSTEM
            if asked_for:
                await keep_version(session, SYSTEM, postmortem, row)
            row.generated = markdown
            row.version += seen
            if asked_for:
                await keep_version(session, actor, postmortem, row)
    drafts = [draft for draft in document.drafts if draft.section not in edited]
    rows = [_row(draft) for draft in drafts] + await said_by_people(session, postmortem, edited)
    changed = await _write_statements(session, postmortem, rows, only=only)
    if only is not None:
        return changed
    if postmortem.status is PostmortemStatus.PUBLISHED and await follows(session, postmortem, incident):
        postmortem.status = PostmortemStatus.IN_REVIEW if edited else PostmortemStatus.DRAFT
        postmortem.published_at = None
        changed = True
    due = await _due_at(session, incident)
    if due != postmortem.due_at or changed:
        postmortem.due_at = due
        waits = postmortem.status is not PostmortemStatus.PUBLISHED
        postmortem.remind_at = remind_at(due, now(session)) if waits else None
    postmortem.assembled_at, postmortem.assembled_cursor = now(session), document.cursor
    await order_measuring(session, incident)
    if changed:
        record(session, actor, PostmortemReassembled(statements=len(drafts)), incident=incident, numbered=False)
    return changed


ACTION_ITEMS = "action_items"
"""The section that shows what is owed today, whoever reviews the rest."""


def _row(draft: Draft) -> StatementRow:
    return (draft.section, draft.text, draft.generated, list(draft.source_ids), list(draft.message_ids))


def _place(row: StatementRow) -> int:
    """Where a statement's section stands; those of templates come last."""
    return SECTION_KEYS.index(row[0]) if row[0] in SECTION_KEYS else len(SECTION_KEYS)


async def sections_of(session: AsyncSession, postmortem: Postmortem) -> dict[str, PostmortemSection]:
    """The sections of a postmortem by key, in their order."""
    statement = select(PostmortemSection).where(PostmortemSection.postmortem_id == postmortem.id)
    return {row.key: row for row in await session.scalars(statement.order_by(PostmortemSection.position))}


async def _add_sections(session: AsyncSession, postmortem: Postmortem, incident: Incident) -> None:
    """Add the sections of the templates that are for the incident, behind the usual ones."""
    for place, each in enumerate(await sections_for(session, incident)):
        session.add(
            PostmortemSection(
                postmortem_id=postmortem.id,
                key=each["key"],
                title=each["title"],
                position=len(SECTIONS) + place,
                generated=each["guidance"],
            )
        )


async def _all_sections(session: AsyncSession, postmortem: Postmortem) -> dict[str, PostmortemSection]:
    """The same, with those added that an older version did not have, and all in today's order."""
    present = await sections_of(session, postmortem)
    for position, section in enumerate(SECTIONS):
        row = present.get(section.key)
        if row is None:
            row = PostmortemSection(postmortem_id=postmortem.id, key=section.key, generated="", version=1)
            session.add(row)
        row.title, row.position = section.title, position
    await session.flush()
    return await sections_of(session, postmortem)


async def _write_statements(
    session: AsyncSession, postmortem: Postmortem, rows: list[StatementRow], *, only: str | None = None
) -> bool:
    """Replace the statements, in the order of the sections, if they differ; whether they did."""
    own = Statement.postmortem_id == postmortem.id
    present = await session.execute(
        select(Statement.section, Statement.text, Statement.generated, Statement.source_ids, Statement.message_ids)
        .where(own)
        .order_by(Statement.position)
    )
    standing: list[StatementRow] = [
        (row.section, row.text, row.generated, row.source_ids, row.message_ids) for row in present
    ]
    kept = [] if only is None else [row for row in standing if row[0] != only]
    rows = sorted([*kept, *(row for row in rows if only in (None, row[0]))], key=_place)
    if sorted(standing, key=_place) == rows:
        return False
    await session.execute(delete(Statement).where(own))
    names = ("section", "text", "generated", "source_ids", "message_ids")
    values = [dict(zip(names, row, strict=True)) for row in rows]
    if values:
        placed = [{**value, "postmortem_id": postmortem.id, "position": i} for i, value in enumerate(values)]
        await session.execute(insert(Statement), placed)
    return True
