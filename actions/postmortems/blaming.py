"""How many phrases of a postmortem blame somebody, as they stand and as the lint knows them now."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.postmortems.assembly import sections_of
from actions.postmortems.blame import find_blame, known_people, own_phrases, shipped_phrases
from models.learning import BlamePhrase
from models.person import User
from models.postmortem import Postmortem


async def count_blame(session: AsyncSession, postmortem: Postmortem) -> int:
    """The number of marks in all sections: kept with the event, so that it can be told later what was published."""
    texts = [section.markdown for section in (await sections_of(session, postmortem)).values()]
    marks = await _lint(session)
    return await asyncio.to_thread(lambda: sum(marks(text) for text in texts))


async def blame_of(session: AsyncSession) -> Callable[[str], bool]:
    """The lint as it is now: whether a text blames somebody."""
    marks = await _lint(session)
    return lambda text: marks(text) > 0


async def _lint(session: AsyncSession) -> Callable[[str], int]:
    """How many marks a text gets."""
    rows = await session.execute(select(BlamePhrase.phrase, BlamePhrase.suggestion).order_by(BlamePhrase.id))
    phrases = (*shipped_phrases(), *own_phrases((row.phrase, row.suggestion) for row in rows))
    people = known_people(await session.scalars(select(User.name)))
    return lambda text: len(find_blame(text, phrases, people))
