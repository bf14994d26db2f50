"""Searching incidents for words.

How often a word occurs decides how it is searched for: one that is everywhere is found by looking at incidents in the
order of the list until a page is full, and one that is rare by the index, which knows all of its incidents, but not in
order. PostgreSQL can't choose by itself: for the beginning of a word it always expects half a percent of the table. So
the newest incidents are looked at first, which is cheap, and show what is frequent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
)

from auth.visibility import visible_to
from core.errors import invalid
from models.incident import REFERENCE_PREFIX, Incident
from resolvers.context import Context

WORDS = 20
LONGEST = 18
"""Digits of a number that can be searched for."""

LOOKED_AT = 300
FREQUENT = 10
"""A search is for something frequent if so many of the newest incidents have it."""

NUMBERED = re.compile(rf"(?:{re.escape(REFERENCE_PREFIX)})?([1-9][0-9]{{0,{LONGEST - 1}}})", re.IGNORECASE)
SIMPLE = literal_column("'simple'::regconfig", String)
SEARCHED = func.to_tsvector(SIMPLE, text("(incident.title || ' '::text) || COALESCE(incident.summary, ''::text)"))
"""The expression of the index ix_incident_search, letter by letter, so that it serves."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The conditions that an incident has all words, and whether few have."""

    conditions: list[ColumnElement[bool]]
    sparse: bool


async def match(ctx: Context, wanted: str) -> Matching:
    """Incidents with all of these words in title or summary, as words or beginnings of words, or in their reference."""
    words = wanted.split()
    if len(words) > WORDS:
        raise invalid("filter.text", f"{len(words)} words are too many.", f"Search for at most {WORDS}.")
    each = [has_word(word, SEARCHED, Incident.id) for word in words]
    together, *alone = await _frequent(ctx, words)
    if together or all(alone):
        return Matching(each, sparse=not together)
    # A word that is everywhere is only looked for in what the others found: the index would list all of its incidents.
    return Matching([one.is_(True) if often else one for one, often in zip(each, alone, strict=True)], sparse=True)


async def _frequent(ctx: Context, words: Sequence[str]) -> list[bool]:
    """Whether many of the newest incidents have all of these words, and for each word, whether many have it."""
    columns = (Incident.id, Incident.title, Incident.summary)
    newest = select(*columns).where(visible_to(ctx.actor)).order_by(Incident.id.desc()).limit(LOOKED_AT).subquery()
    said = func.to_tsvector(SIMPLE, newest.c.title + " " + func.coalesce(newest.c.summary, ""))
    each = [has_word(word, said, newest.c.id) for word in words]
    counts = [func.count().filter(condition) >= FREQUENT for condition in (and_(*each), *each)]
    (found,) = await ctx.reader.execute(select(*counts).select_from(newest))
    return list(found)


def has_word(word: str, searched: ColumnElement[Any], number: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """That a text has a word that begins so, or the number does."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    beginning = f"'{quoted}':*"
    digits = NUMBERED.fullmatch(word)
    if digits and digits[1] != word:  # a whole reference: as the beginning of a word, INC is that of every "incident"
        beginning = f"{REFERENCE_PREFIX.rstrip('-').lower()} <-> '-{digits[1]}':*"
    in_text = searched.op("@@", is_comparison=True)(func.to_tsquery(SIMPLE, literal(beginning)))
    return or_(in_text, *_ranges(int(digits[1]), number)) if digits else in_text


def _ranges(beginning: int, number: SQLColumnExpression[int]) -> list[ColumnElement[bool]]:
    """That a number begins with these digits, as ranges of numbers: the key's index serves those."""
    tens = [10**more for more in range(LONGEST - len(str(beginning)) + 1)]
    return [number.between(beginning * ten, (beginning + 1) * ten - 1) for ten in tens]
