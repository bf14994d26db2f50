"""Reading what a language model proposes: text with citations, and nothing else is made of it.

What it was told holds words of many people, and may tell it to do anything. So nothing of an answer is acted upon, and
a sentence is kept only if it cites events, each of which was given to it. One that blames somebody, or leads to an
address that none of its events tells, is dropped too. Pure.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

LONGEST = 500
"""Characters of a sentence."""
MOST_SENTENCES = 20
"""Of a section."""
MOST_CITED = 20
"""Events of a sentence: one that cites everything rests on nothing."""
FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL | re.IGNORECASE)
"""Many models wrap JSON so, whatever they are asked."""
ADDRESS = re.compile(r"(?:\w+://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)


class UnreadableError(Exception):
    """It is no answer to what was asked; the words say what it is."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that was kept, and the numbers of the events on which it rests."""

    text: str
    cited: tuple[int, ...]


@dataclass(slots=True)
class Reading:
    """What was kept, by section, and how many sentences were not."""

    kept: dict[str, list[Sentence]] = field(default_factory=dict)
    uncited: int = 0
    blaming: int = 0

    @property
    def count(self) -> int:
        """How many sentences were kept."""
        return sum(map(len, self.kept.values()))


def read_answer(
    content: str, sections: Collection[str], facts: Mapping[int, str], blames: Callable[[str], bool]
) -> Reading:
    """The sentences of an answer that hold: `{"sections": [{"key": …, "sentences": [{"text": …, "events": [1]}]}]}`.

    `facts`: what was given, by number. `blames`: whether a text blames somebody. UnreadableError for anything else.
    """
    found = Reading()
    for section in _sections(content):
        key, sentences = section["key"], section.get("sentences")
        if not isinstance(sentences, list):
            raise UnreadableError("a section of its answer has no list of sentences.")
        for each in sentences:
            said = _sentence(each, facts) if key in sections else None
            if said is None or not _new(said, found.kept.get(key, ())):
                found.uncited += 1
            elif blames(said.text):
                found.blaming += 1
            else:
                found.kept.setdefault(key, []).append(said)
    return found


def _sections(content: str) -> list[dict[str, Any]]:
    fenced = FENCE.search(content)
    try:
        read = orjson.loads(fenced[1] if fenced is not None else content)
    except orjson.JSONDecodeError:
        raise UnreadableError("its answer is not the JSON that it was asked for.") from None
    sections = read.get("sections") if isinstance(read, dict) else None
    if not isinstance(sections, list) or not all(isinstance(each, dict) for each in sections):
        raise UnreadableError("its answer has no list of sections.")
    if not all(isinstance(each.get("key"), str) for each in sections):
        raise UnreadableError("a section of its answer has no key.")
    return sections


def _sentence(each: Any, facts: Mapping[int, str]) -> Sentence | None:
    """A sentence that rests on events which were given; None for any other."""
    if not isinstance(each, dict) or not isinstance(each.get("text"), str) or not isinstance(each.get("events"), list):
        return None
    text, cited = " ".join(each["text"].split()), each["events"]
    known = all(isinstance(number, int) and not isinstance(number, bool) and number in facts for number in cited)
    if not text or len(text) > LONGEST or not known or not 1 <= len(cited) <= MOST_CITED or not text.isprintable():
        return None
    told = " ".join(facts[number] for number in cited)
    if any(address[0] not in told for address in ADDRESS.finditer(text)):
        return None
    return Sentence(text, tuple(sorted(set(cited))))


def _new(said: Sentence, kept: Collection[Sentence]) -> bool:
    return len(kept) < MOST_SENTENCES and all(said.text != each.text for each in kept)
