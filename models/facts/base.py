"""What an event's `data` holds, typed per kind. Written once and read for ever: fields are only ever added.

A fact holds ids, never names (DESIGN §7, erasure). Fields named `user_id`, `…_user_id`, `role_id`, `component_id` …
are looked up by that suffix when a fact is put into words (`Names`).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform

NOUNS = ("user", "role", "team", "service", "component", "severity", "source", "incident", "service_account")


F = TypeVar("F", bound="Fact")


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called today: `names.of("user", 7)`. Someone who was erased is called by their noun."""

    known: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def of(self, noun: str, key: int | None) -> str:
        """The name of a row, or a plain word where there is none."""
        return self.known.get((noun, key), f"a {noun.replace('_', ' ')}") if key is not None else "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The data of one kind of event."""

    kind: ClassVar[str] = ""
    registry: ClassVar[dict[str, type["Fact"]]] = {}

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person. `who` is the actor's name."""
        raise NotImplementedError

    def as_data(self) -> dict[str, Any]:
        """JSON of the fact, without empty fields."""
        return {key: value for key, value in asdict(self).items() if value not in (None, [], (), {})}


@dataclass_transform(kw_only_default=True, frozen_default=True)
def fact(kind: str) -> Callable[[type[F]], type[F]]:
    """Register a fact under its event kind, which is past tense: `role.assigned`."""

    def register(cls: type[F]) -> type[F]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.kind = kind
        if kind in Fact.registry:
            raise ValueError(f"two facts are called {kind}")
        Fact.registry[kind] = made
        return made

    return register


def read_fact(kind: str, data: Mapping[str, Any]) -> Fact | None:
    """The fact that was written; None for a kind that this version does not know. Unknown fields are passed over."""
    cls = Fact.registry.get(kind)
    if cls is None:
        return None
    known = {f.name for f in fields(cls)}
    return cls(**{key: value for key, value in data.items() if key in known})


def mentioned(value: Fact) -> set[tuple[str, int]]:
    """Every row that a fact points to, as (noun, id), by the names of its fields."""
    found: set[tuple[str, int]] = set()
    for f in fields(value):
        stem = f.name.removesuffix("_ids").removesuffix("_id")
        noun = next((n for n in NOUNS if stem == n or stem.endswith(f"_{n}")), None)
        if noun is None or stem == f.name:
            continue
        content = getattr(value, f.name)
        keys = content if isinstance(content, list | tuple) else [content]
        found |= {(noun, key) for key in keys if key is not None}
    return found


def clock_time(moment: datetime | str) -> str:
    """A moment inside a sentence: `03:38 UTC on 24 Nov 2026`. Facts hold moments as RFC 3339 text."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{when:%H:%M} UTC on {when.day} {when:%b %Y}"
