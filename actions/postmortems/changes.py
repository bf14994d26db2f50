"""What people do with a postmortem: write its sections, and publish it."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.postmortems.assembly import sections_of
from actions.record import now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict, invalid
from models.facts.learning import PostmortemEdited, PostmortemPublished
from models.incident import Incident
from models.postmortem import LEARNING_STAGES, Postmortem, Statement
from models.words import PostmortemStatus

SECTION = 100_000
"""The most characters that a section may have."""


async def edit_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, section: str, markdown: str, expected_version: int
) -> Postmortem:
    """Write a section, in Markdown of at most 100,000 characters; from then on it is left alone by re-assembly.

    `expected_version` is the section's (VERSION_CONFLICT names the present one). The first edit moves a draft to
    IN_REVIEW; a published postmortem stays published. CONFLICT before it has been drafted. The same text again changes
    nothing.
    """
    require(actor, Permission.READ)
    body = check.text(markdown, "markdown", limit=SECTION)
    target = await find_allowed(session, actor, Act.EDIT_POSTMORTEM, incident)
    postmortem = await drafted(session, target)
    sections = await sections_of(session, postmortem)
    if section not in sections:
        raise invalid(
            "section", f"A postmortem has no section {section[:80]!r}.", f"Send one of: {', '.join(sections)}."
        )
    row = sections[section]
    check.expected_version(expected_version, row.version, "section")
    if row.edited == body:
        return postmortem
    row.edited = body
    row.version += 1
    postmortem.version += 1
    if postmortem.status is PostmortemStatus.DRAFT:
        postmortem.status = PostmortemStatus.IN_REVIEW
    await _replace_statements(session, postmortem, section, body)
    record(session, actor, PostmortemEdited(section=section), incident=target)
    return postmortem


async def publish_postmortem(session: AsyncSession, actor: Actor, *, incident: str) -> Postmortem:
    """Declare the postmortem finished: from now on only people change it.

    CONFLICT before the resolution, before it has been drafted, and when it is published already.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.PUBLISH_POSTMORTEM, incident)
    if target.stage not in LEARNING_STAGES:
        raise conflict(
            f"{target.reference} is in {target.stage}: its postmortem can't be finished before the incident is.",
            field="incident",
            hint="Move the incident to RESOLUTION first.",
        )
    postmortem = await drafted(session, target)
    if postmortem.status is PostmortemStatus.PUBLISHED:
        raise conflict(
            f"The postmortem of {target.reference} is published already.",
            field="incident",
            hint="Edit a section to correct it; that needs no publishing.",
        )
    postmortem.status = PostmortemStatus.PUBLISHED
    postmortem.published_at = now(session)
    postmortem.version += 1
    record(session, actor, PostmortemPublished(), incident=target)
    return postmortem


async def drafted(session: AsyncSession, target: Incident) -> Postmortem:
    """The postmortem of an incident whose row is locked; CONFLICT if there is none yet."""
    found = await session.scalars(select(Postmortem).where(Postmortem.incident_id == target.id))
    postmortem = found.one_or_none()
    if postmortem is None:
        raise conflict(
            f"{target.reference} has no postmortem yet.",
            field="incident",
            hint="It is drafted within seconds of the incident's resolution.",
        )
    return postmortem


async def _replace_statements(session: AsyncSession, postmortem: Postmortem, section: str, body: str) -> None:
    """One statement that a person made, in the place of the section's generated ones, at the end of the list."""
    own = Statement.postmortem_id == postmortem.id
    await session.execute(delete(Statement).where(own, Statement.section == section))
    last = (await session.execute(select(func.max(Statement.position)).where(own))).scalar_one()
    session.add(
        Statement(
            postmortem_id=postmortem.id,
            section=section,
            position=0 if last is None else last + 1,
            text=body,
            generated=False,
            source_ids=[],
        )
    )
