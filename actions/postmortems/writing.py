"""Changing what a section says, for a person: the text, its version, its history, its statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from auth.actor import SYSTEM, Actor
from core.errors import TextConflictError, invalid
from models.postmortem import Postmortem, PostmortemSection, Statement
from models.words import PostmortemStatus
from models.writing import SectionRevision

StatementRow = tuple[str, str, bool, list[int], list[int]]
"""A statement: its section, its text, whether it was generated, the events and the messages that it rests on."""


def find_section(sections: dict[str, PostmortemSection], key: str, field: str = "section") -> PostmortemSection:
    """A section by its key. INVALID_INPUT names those that there are."""
    if key not in sections:
        raise invalid(field, f"A postmortem has no section {key[:80]!r}.", f"Send one of: {', '.join(sections)}.")
    return sections[key]


def expect(row: PostmortemSection, expected: int, body: str) -> None:
    """Refuse what was made from an older version, with both texts: nothing that somebody wrote is lost."""
    if row.version != expected:
        raise TextConflictError("section", row.version, expected, theirs=row.markdown, yours=body)


async def write(
    session: AsyncSession,
    actor: Actor,
    postmortem: Postmortem,
    row: PostmortemSection,
    body: str,
    statements: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Have a section say what a person wrote. The first time, a draft comes to be in review.

    `statements`: what it is made of, where a person took over sentences with their sources (SectionSuggestion).
    """
    await keep_version(session, SYSTEM, postmortem, row)
    row.edited = body
    row.version += 1
    postmortem.version += 1
    if postmortem.status is PostmortemStatus.DRAFT:
        postmortem.status = PostmortemStatus.IN_REVIEW
    await keep_version(session, actor, postmortem, row)
    await _replace_statements(session, postmortem, row.key, statements or [{"text": body, "source_ids": []}])


async def keep_version(session: AsyncSession, actor: Actor, postmortem: Postmortem, row: PostmortemSection) -> None:
    """Keep what a section says now in its history, unless that is there already."""
    moment = postmortem.assembled_at if actor is SYSTEM else None
    revision = insert(SectionRevision).values(
        section_id=row.id,
        version=row.version,
        markdown=row.markdown,
        author_kind=actor.kind,
        author_id=actor.id,
        created_at=moment or now(session),
    )
    await session.execute(revision.on_conflict_do_nothing(index_elements=["section_id", "version"]))


async def _replace_statements(
    session: AsyncSession, postmortem: Postmortem, section: str, statements: Sequence[Mapping[str, Any]]
) -> None:
    """Statements that a person made, in the place of the section's generated ones, at the end of the list."""
    own = Statement.postmortem_id == postmortem.id
    await session.execute(delete(Statement).where(own, Statement.section == section))
    last = (await session.execute(select(func.max(Statement.position)).where(own))).scalar_one()
    session.add_all(
        Statement(
            postmortem_id=postmortem.id,
            section=section,
            position=place,
            text=each["text"],
            generated=False,
            source_ids=each["source_ids"],
            message_ids=[],
        )
        for place, each in enumerate(statements, 0 if last is None else last + 1)
    )


async def said_by_people(
    session: AsyncSession, postmortem: Postmortem, edited: Mapping[str, PostmortemSection]
) -> list[StatementRow]:
    """What people wrote, among the statements: each section as a whole, or as they took it over with its sources."""
    own = (Statement.postmortem_id == postmortem.id, Statement.section.in_(edited))
    standing: defaultdict[str, list[StatementRow]] = defaultdict(list)
    for each in await session.scalars(select(Statement).where(*own).order_by(Statement.position)):
        standing[each.section].append((each.section, each.text, False, each.source_ids, each.message_ids))
    found: list[StatementRow] = []
    for key, section in edited.items():
        sourced = any(source_ids for _, _, _, source_ids, _ in standing[key])
        found += standing[key] if sourced else [(key, section.markdown, False, [], [])]
    return found
