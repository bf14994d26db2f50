"""How a section would read with proposed sentences: the summary in their words alone, others with them at their end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.postmortems.markup import paragraph
from actions.postmortems.sections import SECTIONS, without_questions
from models.postmortem import Postmortem, PostmortemSection, Statement

PROSE = frozenset(section.key for section in SECTIONS if not section.listed)
"""Sections that are told anew as a whole; what stands in the others are facts, which stay."""
USUAL = frozenset(section.key for section in SECTIONS)


@dataclass(frozen=True, slots=True)
class Reworded:
    """The whole section, and its statements with the events that they rest on (SectionSuggestion.statements)."""

    markdown: str
    statements: list[dict[str, Any]]


async def standing_of(session: AsyncSession, postmortem: Postmortem) -> dict[str, list[Statement]]:
    """The statements of each section as they stand."""
    found: defaultdict[str, list[Statement]] = defaultdict(list)
    own = select(Statement).where(Statement.postmortem_id == postmortem.id)
    for each in await session.scalars(own.order_by(Statement.position, Statement.id)):
        found[each.section].append(each)
    return found


def reword(
    section: PostmortemSection, standing: Sequence[Statement], proposed: Sequence[tuple[str, list[int]]]
) -> Reworded:
    """What a section would say: what stands there, without questions, and the proposed sentences with their sources."""
    prose, written = section.key in PROSE, section.edited is not None
    new = [{"text": text, "source_ids": ids, "proposed": True} for text, ids in proposed]
    blocks = [paragraph(text, "" if prose else "- ") for text, _ in proposed]
    said = " ".join(blocks) if prose else "\n".join(blocks)
    if prose and not written:
        return Reworded(said, new)
    if not written and (not standing or section.key not in USUAL):
        return Reworded(said, new)  # nothing but guidance, or that nothing was recorded
    before = section.edited if section.edited is not None else without_questions(section.generated)
    old = [{"text": each.text, "source_ids": each.source_ids} for each in standing]
    apart = "\n\n" if written else "\n"  # one list, as far as we know how it was written
    return Reworded(f"{before.rstrip()}{apart}{said}", [*old, *new])
