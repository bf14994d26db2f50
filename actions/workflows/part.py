"""What the parts of a definition share. People write names in them; kept are ids, so that renaming breaks nothing.

A part says which of its fields refer to something (`references`), and one walk resolves them all.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

P = TypeVar("P", bound="Part")

Reference = int | str
"""A name or an id as people write it; the key of a row in what is kept."""
Resolve = Callable[[str, Any, str], Awaitable[int | None]]
"""From a noun, a reference and its place in the definition to the key; None if it was noted as a problem."""


class Part(BaseModel):
    """A part of a definition."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    references: ClassVar[Mapping[str, str]] = {}
    """The noun that each referring field refers to; the field holds one reference or a list."""

    def within(self) -> Iterator[tuple[str, str, Any]]:
        """The fields that hold something: name, place and value; lists of parts one by one."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, list | tuple):
                yield from ((name, f"{name}.{i}", each) for i, each in enumerate(value))
            elif value is not None:
                yield name, name, value


async def resolved(part: P, place: str, resolve: Resolve) -> P:
    """The same part with keys for references."""
    changes: dict[str, Any] = {}
    for name, inner, value in list(part.within()):
        where = f"{place}.{inner}" if place else inner
        noun = part.references.get(name)
        if noun is not None:
            new: Any = await resolve(noun, value, where)
        elif isinstance(value, Part):
            new = await resolved(value, where, resolve)
        else:
            continue
        _put(changes, name, inner, new)
    return part.model_copy(update=changes)


def mentioned(part: Part) -> set[tuple[str, int]]:
    """Every row that a resolved part refers to, as (noun, key)."""
    found: set[tuple[str, int]] = set()
    for name, _, value in part.within():
        if isinstance(value, Part):
            found |= mentioned(value)
        elif name in part.references and isinstance(value, int):
            found.add((part.references[name], value))
    return found


def spoken(part: P, names: Mapping[tuple[str, int], str]) -> P:
    """The same part with names for keys, as people write it."""
    changes: dict[str, Any] = {}
    for name, inner, value in list(part.within()):
        if isinstance(value, Part):
            _put(changes, name, inner, spoken(value, names))
        elif name in part.references:
            _put(changes, name, inner, names.get((part.references[name], value), str(value)))
    return part.model_copy(update=changes)


def _put(changes: dict[str, Any], name: str, inner: str, value: Any) -> None:
    if inner == name:
        changes[name] = value
    else:
        changes.setdefault(name, []).append(value)
