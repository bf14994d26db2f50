"""A proposal for the public postmortem: what the internal one says of summary and impact, without what is internal.

It is a proposal only: a person reads it, makes it theirs, and publishes it. So it rather leaves out too much: gone is
a sentence that names a person, a team, a service, an incident by its reference or internal title, or an address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from actions.postmortems.sections import without_questions
from models.postmortem import PostmortemSection

PUBLIC_SECTIONS = ("summary", "impact")
"""The sections that a proposal is made of, in this order."""

INTERNAL = re.compile(
    r"\w@\w|(?<!\w)@\w|://|www\.|`|\b(?:INC|MNT)-\d|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[\w-]+\.(?:internal|local|lan|corp)\b",
    re.IGNORECASE,
)
"""Addresses, mentions, code, references, machines."""

SHORTEST = 3
"""Letters of a part of a name by which a person is known: shorter ones are words as well."""

SENTENCES = re.compile(r"(?<=[.!?])[ \n]+")


@dataclass(frozen=True, slots=True)
class Hidden:
    """What may not be named, as rows of words by their first word: one look at each word of a text is enough."""

    rows: dict[str, frozenset[tuple[str, ...]]]

    def named_in(self, text: str) -> bool:
        """Whether a text names any of it."""
        words = _words(text)
        return any(words[at : at + len(row)] == row for at, word in enumerate(words) for row in self.rows.get(word, ()))


def hidden_names(people: Iterable[str], others: Iterable[str]) -> Hidden:
    """Names of people, each of their parts alone, too; of other things those of two words or more.

    One word of a team or a service is often what customers say as well: "payments", "search".
    """
    rows = {row for name in people if (row := _words(name))}
    rows |= {(part,) for row in rows for part in row if len(part) >= SHORTEST}
    rows |= {row for name in others if len(row := _words(name)) > 1}
    found: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(row)
    return Hidden({first: frozenset(own) for first, own in found.items()})


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def public_draft(sections: Iterable[PostmortemSection], hidden: Hidden) -> str:
    """The proposal in Markdown; empty if nothing is left."""
    texts = {section.key: section.markdown for section in sections}
    kept = (_without(texts.get(key, ""), hidden) for key in PUBLIC_SECTIONS)
    return "\n\n".join(text for text in kept if text)


def source_text(sections: Iterable[PostmortemSection]) -> str:
    """What a proposal is made from, with all that is internal."""
    texts = {section.key: section.markdown for section in sections}
    return "\n\n".join(text for key in PUBLIC_SECTIONS if (text := without_questions(texts.get(key, ""))))


def telling(text: str, hidden: Hidden) -> list[str]:
    """The sentences of a text that a proposal would leave out, because they tell what is internal."""
    sentences = (sentence for row in text.splitlines() for sentence in SENTENCES.split(row.strip()))
    return [sentence for sentence in sentences if sentence and _tells(sentence, hidden)]


def _tells(sentence: str, hidden: Hidden) -> bool:
    return INTERNAL.search(sentence) is not None or hidden.named_in(sentence)


def _without(text: str, hidden: Hidden) -> str:
    """A section without its open questions and without the sentences that tell what is internal."""
    blocks = without_questions(text).split("\n\n")
    kept = ("\n".join(filter(None, (_line(row, hidden) for row in block.splitlines()))) for block in blocks)
    return "\n\n".join(block for block in kept if block)


def _line(row: str, hidden: Hidden) -> str:
    lead = re.match(r"\s*(?:[-*+]|\d+\.|#+|>)?\s*", row)
    start = lead.group() if lead else ""
    said = [sentence for sentence in SENTENCES.split(row[len(start) :]) if sentence and not _tells(sentence, hidden)]
    return start + " ".join(said) if said else ""
