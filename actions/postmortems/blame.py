"""Marking words that blame, with better ones suggested. Nothing is blocked: it is for whoever writes to decide.

The phrases are data: those in blame.toml beside this file, and the organisation's own. English only. A person followed
by a fault ("Ben broke", "the engineer forgot", "they missed") is found by names, pronouns and nouns for roles.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PRONOUNS = frozenset({"he", "she", "they", "i", "we", "you", "someone", "somebody", "nobody"})
NOUNS = frozenset(
    {"engineer", "developer", "operator", "admin", "administrator", "responder", "commander", "lead", "scribe", "team"}
    | {"person", "people", "colleague", "author", "reviewer", "manager", "user", "employee", "contractor", "vendor"}
    | {"engineers", "developers", "operators", "admins", "responders", "reviewers"}
)
WORD = re.compile(r"[\w'\u2019-]+")
LAST_WORDS = re.compile(r"(?:[\w'\u2019-]+\s+){1,5}$")
ADVERBS = frozenset({"has", "have", "had", "simply", "just", "also", "then", "again", "clearly", "obviously", "even"})
NEAR = 120
"""Characters before a fault in which the person is looked for."""
MOST = 500
"""Marks on a text: more help nobody."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that blames, as an expression, and what to say instead."""

    expression: re.Pattern[str]
    suggestion: str
    after_person: bool = False


@dataclass(frozen=True, slots=True)
class Blame:
    """A place in a text that blames: its words, and where they begin and end, in characters from 0."""

    phrase: str
    start: int
    end: int
    suggestion: str


@cache
def shipped_phrases() -> tuple[Phrase, ...]:
    """The phrases that come with the product."""
    table = tomllib.loads((Path(__file__).parent / "blame.toml").read_text(encoding="utf-8"))
    plain = [_phrase(row["phrase"], row["suggestion"]) for row in table["phrase"]]
    return (*plain, *(_phrase(row["phrase"], row["suggestion"], after_person=True) for row in table["person"]))


def own_phrases(rows: Iterable[tuple[str, str]]) -> tuple[Phrase, ...]:
    """Phrases of an organisation, each as it is written: (phrase, suggestion)."""
    return tuple(_phrase(r"\s+".join(map(re.escape, phrase.split())), suggestion) for phrase, suggestion in rows)


def _phrase(expression: str, suggestion: str, *, after_person: bool = False) -> Phrase:
    loose = expression.replace("'", "['\u2019]").replace(" ", r"\s+")
    return Phrase(re.compile(rf"(?<!\w)(?:{loose})(?!\w)", re.IGNORECASE), suggestion, after_person)


def known_people(names: Iterable[str]) -> dict[str, str]:
    """People by what they are called, in small letters: whole names, and each first name of three letters or more."""
    found = {}
    for name in names:
        parts = name.casefold().split()
        found[" ".join(parts)] = name
        if parts and len(parts[0]) > 2:  # noqa: PLR2004 (shorter ones are words as well)
            found[parts[0]] = name
    return found


def find_blame(text: str, phrases: Iterable[Phrase], people: Mapping[str, str]) -> list[Blame]:
    """Every place that blames, in their order; of those that overlap, the one that begins first."""
    found: list[Blame] = []
    for phrase in phrases:
        for match in phrase.expression.finditer(text):
            start: int | None = match.start()
            if phrase.after_person:
                start = _person_before(text, match.start(), people)
            if start is not None:
                found.append(Blame(text[start : match.end()], start, match.end(), phrase.suggestion))
            if len(found) >= MOST * 4:
                break
    return _apart(found)[:MOST]


def _person_before(text: str, place: int, people: Mapping[str, str]) -> int | None:
    """Where a person begins whom these words follow; None if none does."""
    begin = max(0, place - NEAR)
    before = LAST_WORDS.search(text[begin:place])
    if before is None:
        return None
    words = [(found.group(), begin + before.start() + found.start()) for found in WORD.finditer(before.group())]
    while words and words[-1][0].casefold() in ADVERBS:
        words.pop()
    words = words[-3:]
    for at in range(len(words)):
        if " ".join(word for word, _ in words[at:]).casefold() in people:
            return words[at][1]
    return words[-1][1] if words and words[-1][0].casefold() in PRONOUNS | NOUNS else None


def _apart(found: Iterable[Blame]) -> list[Blame]:
    kept: list[Blame] = []
    for each in sorted(found, key=lambda blame: (blame.start, -blame.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept
