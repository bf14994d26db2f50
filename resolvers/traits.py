"""What is written on incidents, as it is compared, remembered by this process: thousands are compared for every page.

It is kept by the incident's key and the transaction that last changed its row, which every question reads anew together
with what the viewer may see. So nothing that is remembered is out of date, and nobody is answered from what only others
may see.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, String, cast, func, literal_column, select

from auth.visibility import visible_to
from core.live import Live
from core.recent import Recent
from models.incident import Incident, alike
from models.likeness import Corpus, Traits
from resolvers.context import Context
from resolvers.rows import keys_table

CHANGED = literal_column("incident.xmin::text::bigint", BigInteger).label("changed")
"""The transaction that last changed a row (PostgreSQL, system columns)."""
WORDS = cast(func.array_to_string(func.tsvector_to_array(alike), " "), String)
"""Stems hold no blank."""
LETTER = re.compile(r"[^\W\d_]")
MOST_TRAITS = 10_000
MOST_CORPORA = 8
"""How many incidents, and how many selections of them, are remembered: the last that were asked for."""


@dataclass(slots=True)
class Selection:
    """Some incidents in an order, and what is written on them: remembered, so nobody changes it."""

    keys: list[int]
    traits: Mapping[int, Traits]
    corpus: Corpus | None = None
    """How rare each word is among them, once that was asked for."""


@dataclass(slots=True)
class Memory:
    """What one process remembers of the incidents of its database."""

    selections: Recent[tuple[tuple[int, ...], tuple[int, ...]], Selection] = field(
        default_factory=lambda: Recent(MOST_CORPORA)
    )
    """By the keys and the last changes: what was asked for last is mostly asked for again."""
    traits: Recent[int, tuple[int, Traits]] = field(default_factory=lambda: Recent(MOST_TRAITS))
    """By key, with the last change that they were read after."""
    corpora: Recent[tuple[tuple[int, int], ...], Corpus] = field(default_factory=lambda: Recent(MOST_CORPORA))
    """By the keys and the identities of their traits, which live as long as the corpus has them."""


_memories: WeakKeyDictionary[Live, Memory] = WeakKeyDictionary()


def _memory(ctx: Context) -> Memory:
    return _memories.setdefault(ctx.runtime.live, Memory())


async def remembered(ctx: Context, keys: list[int], changes: list[int]) -> Selection:
    """What is written on visible incidents; given by their keys and last changes, in the reader's snapshot."""
    selections, named = _memory(ctx).selections, (tuple(keys), tuple(changes))
    known = selections.get(named)
    if known is None:
        traits = await _traits(ctx, dict(zip(keys, changes, strict=True)))
        known = selections.keep(named, Selection(keys, traits))
    return known


async def _traits(ctx: Context, changed: Mapping[int, int]) -> dict[int, Traits]:
    known = _memory(ctx).traits
    old = {key: known.get(key) for key in changed}
    missing = [key for key, each in old.items() if each is None or each[0] != changed[key]]
    for key, traits in (await read_traits(ctx, missing) if missing else {}).items():
        before = old[key]
        same = before[1] if before is not None and before[1] == traits else traits
        old[key] = known.keep(key, (changed[key], same))
    return {key: each[1] for key, each in old.items() if each is not None}


async def read_traits(ctx: Context, keys: Iterable[int]) -> dict[int, Traits]:
    """What is written on some incidents, of those that the viewer may see."""
    wanted = keys_table(keys, "wanted")
    written = select(Incident.id, WORDS, Incident.labels).join(wanted, wanted.c.id == Incident.id)
    return {
        key: Traits(telling(words.split()), frozenset((name, str(value)) for name, value in labels.items()))
        for key, words, labels in await ctx.reader.execute(written.where(visible_to(ctx.actor)))
    }


def telling(words: Iterable[str]) -> frozenset[str]:
    """The words that say something: not mere numbers."""
    return frozenset(filter(LETTER.search, words))


async def corpus_of(ctx: Context, selected: Selection) -> Corpus:
    """How rare each word is among some incidents; made in a thread."""
    if selected.corpus is None:
        corpora, traits = _memory(ctx).corpora, selected.traits
        key = tuple((each, id(of)) for each, of in traits.items())
        selected.corpus = corpora.get(key) or corpora.keep(key, await asyncio.to_thread(Corpus, dict(traits)))
    return selected.corpus
