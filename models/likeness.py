"""How alike two incidents are: by their words above all, then by what they touch. Pure: no database.

Words count by how rare they are, as in every text search: the score is the cosine of two bags of words, weighed by
idf² (Salton & Buckley, 1988), and something on top for a service, labels or factors in common. The numbers were chosen
on a set of labelled incidents and are tried on others (tests/learning).
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

BACKGROUND = 60
"""Incidents that are thought to be there beside the known ones, so that in a young organisation words aren't common."""
LEAST = 0.16
"""Two incidents of a lower score are not alike. Of the chosen set, 85 % of what reached it was right."""
SERVICE = 0.05
LABEL = 0.03
FACTOR = 0.05
MOST_EXTRAS = 2
"""How many labels, and how many factors, count."""
TELLING = 5
"""How many of the words in common are named."""
SHORT = 3
"""Letters of a stem of which none is left away to find its word."""


Touched = Mapping[int, frozenset[int]]
"""Of incidents by key: the services that they touch, or the factors that contributed to them."""
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Traits:
    """What is written on an incident, as it is compared."""

    words: frozenset[str]
    labels: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Alike:
    """Another incident that is like one: from 0, nothing in common, to 1; with what they have in common."""

    key: int
    score: float
    words: tuple[str, ...] = ()
    """The most telling first."""
    services: frozenset[int] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    factors: frozenset[int] = frozenset()


@dataclass(slots=True)
class Corpus:
    """Incidents by key, and how rare each word is among them."""

    traits: Mapping[int, Traits]
    _rarity: dict[str, float] = field(default_factory=dict)
    _length: dict[int, float] = field(default_factory=dict)
    _with_word: dict[str, list[int]] = field(default_factory=dict)
    _with_label: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, traits in self.traits.items():
            for word in traits.words:
                self._with_word.setdefault(word, []).append(key)
            for label in traits.labels:
                self._with_label.setdefault(label, []).append(key)
        size = len(self.traits) + BACKGROUND + 1
        self._rarity = {word: math.log(size / (len(keys) + 0.5)) ** 2 for word, keys in self._with_word.items()}

    def nearest(
        self, key: int, among: Iterable[int], most: int, services: Touched | None = None, factors: Touched | None = None
    ) -> list[Alike]:
        """Those that are like one, the most alike first, the newer first among equals; at most so many."""
        services, factors = services or {}, factors or {}
        others = self._with_something(key, services, factors).intersection(among) - {key}
        found = (self._compare(key, other, services, factors) for other in others)
        near = [alike for alike in found if alike is not None]
        return sorted(near, key=lambda alike: (-alike.score, -alike.key))[:most]

    def _with_something(self, key: int, services: Touched, factors: Touched) -> set[int]:
        """Those that have anything in common with one: of thousands mostly few, and nothing else is like it."""
        ours = self.traits[key]
        found = {other for touched in (services, factors) for other in touched}
        return found.union(
            *(self._with_word[word] for word in ours.words), *(self._with_label[label] for label in ours.labels)
        )

    def _compare(self, key: int, other: int, touched: Touched, contributed: Touched) -> Alike | None:
        ours, theirs = self.traits[key], self.traits[other]
        words, labels = ours.words & theirs.words, ours.labels & theirs.labels
        services = touched.get(key, NOTHING) & touched.get(other, NOTHING)
        factors = contributed.get(key, NOTHING) & contributed.get(other, NOTHING)
        score = self._weight(words) / ((self._norm(key) * self._norm(other)) or 1)
        score += SERVICE * bool(services) + LABEL * min(len(labels), MOST_EXTRAS)
        score += FACTOR * min(len(factors), MOST_EXTRAS)
        if score < LEAST:
            return None
        telling = tuple(sorted(words, key=lambda word: (-self._rarity[word], word))[:TELLING])
        return Alike(other, min(score, 1.0), telling, services, labels, factors)

    def _weight(self, words: Collection[str]) -> float:
        return sum(self._rarity[word] for word in words)

    def _norm(self, key: int) -> float:
        if key not in self._length:
            self._length[key] = math.sqrt(self._weight(self.traits[key].words))
        return self._length[key]


_WORD = re.compile(r"\w+(?:-\w+)*")


def spelled(stems: Iterable[str], text: str) -> list[str]:
    """The first word of a text that each stem stands for (`everi`: every), as it is written there; else the stem.

    A guess for people to read: PostgreSQL doesn't say which words it cut. Those that come twice are said once.
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    words += [part for word in words if "-" in word for part in word.split("-")]

    def word_of(stem: str) -> str:
        short = stem[:-1] if len(stem) > SHORT else stem
        return next((word for start in (stem, short) for word in words if word.startswith(start)), stem)

    return list(dict.fromkeys(map(word_of, stems)))
