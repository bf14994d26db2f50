"""What people do with a postmortem: write its sections, and publish it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.postmortems.assembly import catch_up, locked, sections_of
from actions.postmortems.blaming import count_blame
from actions.postmortems.writing import expect, find_section, write
from actions.record import now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.learning import PostmortemEdited, PostmortemPublished
from models.incident import Incident
from models.person import User
from models.postmortem import LEARNING_STAGES, Postmortem
from models.words import PostmortemStatus, ReviewDecision
from models.writing import PostmortemReviewer

CHANGES = ReviewDecision.CHANGES_REQUESTED
SECTION = 100_000
"""The most characters that a section may have."""


async def edit_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, section: str, markdown: str, expected_version: int
) -> Postmortem:
    """Write a section, in Markdown of at most 100,000 characters; from then on it is left alone by re-assembly.

    `expected_version` is the section's (VERSION_CONFLICT shows the present text beside this one). The first edit moves
    a draft to IN_REVIEW; a published postmortem stays published. CONFLICT before it has been drafted. The same text
    again changes nothing.
    """
    require(actor, Permission.READ)
    body = check.text(markdown, "markdown", limit=SECTION)
    target = await find_allowed(session, actor, Act.EDIT_POSTMORTEM, incident)
    postmortem = await drafted(session, target)
    row = find_section(await sections_of(session, postmortem), section)
    expect(row, expected_version, body)
    if row.edited == body:
        return postmortem
    await write(session, actor, postmortem, row, body)
    published = postmortem.status is PostmortemStatus.PUBLISHED
    blaming = await count_blame(session, postmortem) if published else None
    record(session, actor, PostmortemEdited(section=section, blaming=blaming), incident=target)
    return postmortem


async def publish_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, expected_version: int | None = None
) -> Postmortem:
    """Declare the postmortem finished: from now on only people change it. What was recorded until now is in it.

    CONFLICT before the resolution, before it has been drafted, when it is published already, and while a reviewer asks
    for changes. `expected_version` is the postmortem's: VERSION_CONFLICT if somebody wrote since it was read.
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
    check.expected_version(expected_version, postmortem.version, "postmortem")
    await refuse_unresolved(session, postmortem)
    await catch_up(session, target, postmortem)
    postmortem.status = PostmortemStatus.PUBLISHED
    postmortem.remind_at = None
    postmortem.published_at = now(session)
    postmortem.version += 1
    blaming = await count_blame(session, postmortem)
    record(session, actor, PostmortemPublished(blaming=blaming), incident=target)
    return postmortem


async def drafted(session: AsyncSession, target: Incident) -> Postmortem:
    """The postmortem of an incident whose row is locked; CONFLICT if there is none yet."""
    postmortem = await locked(session, target)
    if postmortem is None:
        raise conflict(
            f"{target.reference} has no postmortem yet.",
            field="incident",
            hint="It is drafted within seconds of the incident's resolution.",
        )
    return postmortem


async def refuse_unresolved(session: AsyncSession, postmortem: Postmortem) -> None:
    """CONFLICT while a reviewer asks for changes."""
    asking = (PostmortemReviewer.postmortem_id == postmortem.id, PostmortemReviewer.decision == CHANGES)
    name = await session.scalar(
        select(User.name).join(PostmortemReviewer, PostmortemReviewer.user_id == User.id).where(*asking).limit(1)
    )
    if name is not None:
        raise conflict(
            f"{name} asks for changes to this postmortem.",
            field="incident",
            hint="Make them, and have it approved by reviewPostmortem.",
        )
