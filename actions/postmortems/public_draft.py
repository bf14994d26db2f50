"""A proposal for the public postmortem: what the internal one says of summary and impact, without what is internal.

It is a proposal only: a person reads it, makes it theirs, and publishes it. So it rather leaves out too much: gone is
a sentence that names a person, a team, a service, an incident by its reference or internal title, or an address.
"""

import re
from collections.abc import Iterable

from models.postmortem import PostmortemSection

PUBLIC_SECTIONS = ("summary", "impact")
"""The sections that a proposal is made of, in this order."""

QUESTIONS = re.compile(r"To fill in:\n\n(?:- _.*_(?:\n|$))+")
"""What is still to be answered (actions.postmortems.sections)."""

INTERNAL = re.compile(
    r"\w@\w|(?<!\w)@\w|://|www\.|`|\b(?:INC|MNT)-\d|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[\w-]+\.(?:internal|local|lan|corp)\b",
    re.IGNORECASE,
)
"""Addresses, mentions, code, references, machines."""

SHORTEST = 3
"""Letters of a part of a name by which a person is known: shorter ones are words as well."""

SENTENCES = re.compile(r"(?<=[.!?])[ \n]+")


def names_of(people: Iterable[str], others: Iterable[str]) -> re.Pattern[str] | None:
    """What finds the names of people, whole or in part, and of other things as a whole; None without any."""
    parts = {part for name in people for part in re.split(r"[\s,]+", name) if len(part) >= SHORTEST}
    words = parts | {word for name in (*people, *others) if (word := name.strip())}
    if not words:
        return None
    found = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
    return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE)


def public_draft(sections: Iterable[PostmortemSection], hidden: re.Pattern[str] | None) -> str:
    """The proposal in Markdown; empty if nothing is left."""
    texts = {section.key: section.markdown for section in sections}
    kept = (_without(texts.get(key, ""), hidden) for key in PUBLIC_SECTIONS)
    return "\n\n".join(text for text in kept if text)


def _without(text: str, hidden: re.Pattern[str] | None) -> str:
    """A section without its open questions and without the sentences that tell what is internal."""
    blocks = QUESTIONS.sub("", text).split("\n\n")
    kept = ("\n".join(filter(None, (_line(row, hidden) for row in block.splitlines()))) for block in blocks)
    return "\n\n".join(block for block in kept if block)


def _line(row: str, hidden: re.Pattern[str] | None) -> str:
    lead = re.match(r"\s*(?:[-*+]|\d+\.|#+|>)?\s*", row)
    start = lead.group() if lead else ""
    said = [
        sentence
        for sentence in SENTENCES.split(row[len(start) :])
        if sentence and not INTERNAL.search(sentence) and not (hidden and hidden.search(sentence))
    ]
    return start + " ".join(said) if said else ""
