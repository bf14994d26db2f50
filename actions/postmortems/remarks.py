"""Remarks on sections of a postmortem, and wordings that are suggested for them."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.postmortems.assembly import sections_of
from actions.postmortems.blaming import count_blame
from actions.postmortems.changes import SECTION, drafted
from actions.postmortems.writing import expect, find_section, write
from actions.record import now, record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict, not_found
from core.ids import decode_as
from models.facts.learning import CommentResolved, EditSuggested, PostmortemCommented, SuggestionDecided
from models.postmortem import Postmortem
from models.words import PostmortemStatus, SuggestionState
from models.writing import PostmortemComment, SectionSuggestion

MOST = 500
"""Comments, and suggestions, on a postmortem."""


async def comment_on_postmortem(
    session: AsyncSession, actor: Actor, *, incident: str, section: str, body: str, quote: str | None = None
) -> Postmortem:
    """Remark something on a section, in Markdown of at most 20,000 characters; `quote`: the words that it is about."""
    require(actor, Permission.READ)
    said = check.text(body, "body", limit=check.BODY)
    about = check.optional_text(quote or None, "quote", limit=check.LINE)
    target = await find_allowed(session, actor, Act.COMMENT_ON_POSTMORTEM, incident)
    postmortem = await drafted(session, target)
    find_section(await sections_of(session, postmortem), section)
    await _refuse_more(session, PostmortemComment, postmortem, "comments")
    row = PostmortemComment(
        postmortem_id=postmortem.id,
        section=section,
        quote=about,
        body=said,
        author_kind=actor.kind,
        author_id=actor.id,
        created_at=now(session),
    )
    session.add(row)
    await session.flush()
    record(session, actor, PostmortemCommented(section=section, comment_id=row.id), incident=target)
    return postmortem


async def resolve_comment(
    session: AsyncSession, actor: Actor, *, incident: str, comment: str, resolved: bool = True
) -> Postmortem:
    """Say that a remark was dealt with, or with `resolved: false` that it was not. Again, it changes nothing."""
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.RESOLVE_COMMENT, incident)
    postmortem = await drafted(session, target)
    row = await session.get(PostmortemComment, decode_as("PostmortemComment", comment, "comment"))
    if row is None or row.postmortem_id != postmortem.id:
        raise not_found("comment", "comment", comment)
    if (row.resolved_at is not None) is not resolved:
        row.resolved_at = now(session) if resolved else None
        record(session, actor, CommentResolved(comment_id=row.id, resolved=resolved), incident=target)
    return postmortem


async def suggest_edit(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    section: str,
    markdown: str,
    expected_version: int,
    reason: str | None = None,
) -> Postmortem:
    """Suggest how a section should read: the whole of it. Nothing changes until somebody accepts it."""
    require(actor, Permission.READ)
    body = check.text(markdown, "markdown", limit=SECTION)
    why = check.optional_text(reason or None, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.SUGGEST_EDIT, incident)
    postmortem = await drafted(session, target)
    of = find_section(await sections_of(session, postmortem), section)
    expect(of, expected_version, body)
    await _refuse_more(session, SectionSuggestion, postmortem, "suggestions")
    row = SectionSuggestion(
        postmortem_id=postmortem.id,
        section=section,
        base_version=of.version,
        base=of.markdown,
        markdown=body,
        reason=why,
        author_kind=actor.kind,
        author_id=actor.id,
        created_at=now(session),
        state=SuggestionState.OPEN,
    )
    session.add(row)
    await session.flush()
    record(session, actor, EditSuggested(section=section, suggestion_id=row.id), incident=target)
    return postmortem


async def decide_suggestion(
    session: AsyncSession, actor: Actor, *, incident: str, suggestion: str, accept: bool
) -> Postmortem:
    """Accept a suggested wording, which then stands there, or decline it.

    CONFLICT if it was decided already; VERSION_CONFLICT, with both texts, if the section was changed since it was made.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.DECIDE_SUGGESTION, incident)
    postmortem = await drafted(session, target)
    row = await session.get(SectionSuggestion, decode_as("SectionSuggestion", suggestion, "suggestion"))
    if row is None or row.postmortem_id != postmortem.id:
        raise not_found("suggestion", "suggestion", suggestion)
    if row.state is not SuggestionState.OPEN:
        raise conflict(f"This suggestion was {row.state.lower()} already.", field="suggestion", hint="Suggest another.")
    if accept:
        section = find_section(await sections_of(session, postmortem), row.section)
        expect(section, row.base_version, row.markdown)
        await write(session, actor, postmortem, section, row.markdown, row.statements)
    row.state = SuggestionState.ACCEPTED if accept else SuggestionState.DECLINED
    row.decided_at = now(session)
    published = accept and postmortem.status is PostmortemStatus.PUBLISHED
    blaming = await count_blame(session, postmortem) if published else None
    fact = SuggestionDecided(section=row.section, suggestion_id=row.id, accepted=accept, blaming=blaming)
    record(session, actor, fact, incident=target)
    return postmortem


async def _refuse_more(
    session: AsyncSession,
    model: type[PostmortemComment] | type[SectionSuggestion],
    postmortem: Postmortem,
    noun: str,
) -> None:
    """CONFLICT when there are more than people read."""
    held = await session.scalar(select(func.count()).where(model.postmortem_id == postmortem.id))
    if held is not None and held >= MOST:
        raise conflict(f"This postmortem has {MOST} {noun} already.", field="incident", hint="Edit a section instead.")
