"""Words that were erased go from the internal postmortem as well.

From what was generated and, as far as they stand there as they were, from what people made of it. It is done at once:
what is published is not assembled anew.
"""

from collections.abc import Callable, Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.postmortems.markup import paragraph
from models.facts.base import ERASED
from models.incident import Incident
from models.postmortem import Postmortem, PostmortemSection, Statement
from models.writing import PostmortemComment, SectionRevision, SectionSuggestion

LEAST, LINE = 12, 4
"""Characters from which on words are looked for everywhere, and lines of them in what tells of them alone."""


async def erase_in_postmortem(
    session: AsyncSession, incident: Incident, events: Collection[int], words: Collection[str]
) -> None:
    """Erase words that events told from the postmortem of their incident, if it has one."""
    own = select(Postmortem.id).where(Postmortem.incident_id == incident.id)
    key = await session.scalar(own)
    if key is None:
        return
    gone = [each for each in words if each != ERASED]
    changed: dict[str, str] = {}
    for statement in await session.scalars(select(Statement).where(Statement.postmortem_id == key)):
        text = statement.text
        statement.text = _cleaned(text, {}, gone)
        if not set(statement.source_ids).isdisjoint(events):
            statement.text = _without(statement.text, gone)
        for marker in ("- ", "") if statement.text != text else ():
            changed[paragraph(text, marker)] = paragraph(statement.text, marker)
    for section in await session.scalars(select(PostmortemSection).where(PostmortemSection.postmortem_id == key)):
        before = (section.generated, section.edited)
        section.generated = _cleaned(section.generated, changed, gone)
        section.edited = None if section.edited is None else _cleaned(section.edited, changed, gone)
        section.version += before != (section.generated, section.edited)
    await _erase_in_writing(session, key, lambda text: _cleaned(text, changed, gone))


async def _erase_in_writing(session: AsyncSession, key: int, cleaned: Callable[[str], str]) -> None:
    """The same in what sections said before, in what was suggested for them, and in what remarks quote."""
    sections = select(PostmortemSection.id).where(PostmortemSection.postmortem_id == key)
    for revision in await session.scalars(select(SectionRevision).where(SectionRevision.section_id.in_(sections))):
        revision.markdown = cleaned(revision.markdown)
    of_it = select(SectionSuggestion).where(SectionSuggestion.postmortem_id == key)
    for suggestion in await session.scalars(of_it):
        suggestion.base, suggestion.markdown = cleaned(suggestion.base), cleaned(suggestion.markdown)
        suggestion.statements = [{**each, "text": cleaned(each["text"])} for each in suggestion.statements]
    for remark in await session.scalars(select(PostmortemComment).where(PostmortemComment.postmortem_id == key)):
        remark.body, remark.quote = cleaned(remark.body), remark.quote and cleaned(remark.quote)


def _without(text: str, words: Collection[str]) -> str:
    """A statement of what was erased without its words; erased as a whole where it tells a line of them."""
    for each in words:
        text = text.replace(each, ERASED)
    lines = [line for each in words for line in map(str.strip, each.splitlines()) if len(line) >= LINE]
    return ERASED if any(line in text for line in lines) else text


def _cleaned(markdown: str, changed: dict[str, str], words: Collection[str]) -> str:
    """A text in which other texts have changed, without words that are long enough to be meant."""
    for before, after in changed.items():
        markdown = markdown.replace(before, after)
    for each in words:
        if len(each) >= LEAST:
            markdown = markdown.replace(each, ERASED).replace(paragraph(each), ERASED)
    return markdown
