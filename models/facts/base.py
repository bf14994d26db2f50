"""What an event's `data` holds, typed per kind. Written once and read for ever: fields are only ever added.

A fact holds ids, never names (DESIGN §7, erasure). Fields named `user_id`, `…_user_id`, `role_id`, `component_id` …
are looked up by that suffix when a fact is put into words (`Names`).
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

WORDS = frozenset({"reason", "note"})
"""Fields that hold what a person wrote. They are kept as the event's text, apart from its data (DESIGN §7, erasure)."""

ERASED = "[erased]"
"""Stands where words were that somebody had erased, in rows, in sentences and on pages."""

PLAIN = (str, int, float, bool)
EMPTY: tuple[Any, ...] = (None, [], (), {})

NOUNS = (
    "user",
    "role",
    "team",
    "service",
    "component",
    "severity",
    "source",
    "incident",
    "service_account",
    "integration",
    "runbook",
    "escalation_policy",
    "workflow_run",
    "workflow",
    "schedule",
)


F = TypeVar("F", bound="Fact")


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called today: `names.of("user", 7)`. Someone who was erased is called by their noun."""

    known: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def of(self, noun: str, key: int | None) -> str:
        """The name of a row, or a plain word where there is none."""
        if key is None:
            return "nobody"
        return self.known.get((noun, key)) or f"a {noun.replace('_', ' ')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The data of one kind of event."""

    kind: ClassVar[str] = ""
    audited: ClassVar[bool] = False
    """Whether it is a matter of who may do what: then it is kept where it came from, and the hash chain covers it."""
    registry: ClassVar[dict[str, type["Fact"]]] = {}
    data_names: ClassVar[tuple[str, ...]] = ()
    """The fields that are data."""
    word: ClassVar[str | None] = None
    """The field that is words."""

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person. `who` is the actor's name."""
        raise NotImplementedError

    def as_data(self) -> dict[str, Any]:
        """JSON of the fact, without empty fields and without the words of a person: those can be erased."""
        said: dict[str, Any] = {}
        for name in self.data_names:
            value = getattr(self, name)
            if value not in EMPTY:
                said[name] = value if isinstance(value, PLAIN) else _plain(value)
        return said

    @property
    def words(self) -> str | None:
        """What a person wrote as part of it, a reason or a note: kept as the event's text."""
        words: str | None = getattr(self, self.word) if self.word is not None else None
        return words


def _plain(value: Any) -> Any:
    """What dataclasses.asdict makes of a value inside a dataclass."""
    return asdict(_Held(value))["value"]


@dataclass(frozen=True, slots=True)
class _Held:
    value: Any


@dataclass_transform(kw_only_default=True, frozen_default=True)
def fact(kind: str, *, audited: bool = False) -> Callable[[type[F]], type[F]]:
    """Register a fact under its event kind, which is past tense: `role.assigned`."""

    def register(cls: type[F]) -> type[F]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.kind = kind
        made.audited = audited
        made.data_names = tuple(f.name for f in fields(made) if f.name not in WORDS)
        made.word = next((f.name for f in fields(made) if f.name in WORDS), None)
        if kind in Fact.registry:
            raise ValueError(f"two facts are called {kind}")
        Fact.registry[kind] = made
        return made

    return register


@lru_cache(1_000)  # asked of every event of a timeline, several times; there are some two hundred kinds
def has_words(kind: str) -> bool:
    """Whether events of this kind keep a person's words as their text, to be said within their sentence."""
    cls = Fact.registry.get(kind)
    return cls is not None and bool(_words_of(cast("Any", cls)))


@cache
def _words_of(cls: type[Fact]) -> dict[str, str | None]:
    """The fields of a fact that are a person's words, with what is said where there are none."""
    return {f.name: ERASED if f.default is MISSING else None for f in fields(cls) if f.name in WORDS}


@cache
def _names_of(cls: type[Fact]) -> frozenset[str]:
    return frozenset(f.name for f in fields(cls))


@cache
def _pointers_of(cls: type[Fact]) -> list[tuple[str, str]]:
    """The fields of a fact that hold keys of other rows, each with the noun of those."""
    found = []
    for f in fields(cls):
        stem = f.name.removesuffix("_ids").removesuffix("_id")
        noun = next((n for n in NOUNS if stem == n or stem.endswith(f"_{n}")), None)
        if noun is not None and stem != f.name:
            found.append((f.name, noun))
    return found


def read_fact(kind: str, data: Mapping[str, Any], words: str | None = None) -> Fact | None:
    """The fact that was written, with the words of the event's text where it has any.

    None for a kind that this version does not know; unknown fields are passed over. Words that must be there and were
    erased are said to be.
    """
    cls = Fact.registry.get(kind)
    if cls is None:
        return None
    known = _names_of(cast("Any", cls))
    given = {key: value for key, value in data.items() if key in known}
    for name, nothing in _words_of(cast("Any", cls)).items():
        given[name] = words or nothing
    return cls(**given)


def mentioned(value: Fact) -> set[tuple[str, int]]:
    """Every row that a fact points to, as (noun, id), by the names of its fields."""
    found: set[tuple[str, int]] = set()
    for name, noun in _pointers_of(cast("Any", type(value))):
        content = getattr(value, name)
        if isinstance(content, list | tuple):
            found.update((noun, key) for key in content if key is not None)
        elif content is not None:
            found.add((noun, content))
    return found


def calendar_day(day: date | str) -> str:
    """A day inside a sentence: `24 Nov 2026`. Facts hold days as RFC 3339 text."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.day} {day:%b %Y}"


def clock_time(moment: datetime | str) -> str:
    """A moment inside a sentence: `03:38 UTC on 24 Nov 2026`. Facts hold moments as RFC 3339 text."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{when:%H:%M} UTC on {calendar_day(when)}"
