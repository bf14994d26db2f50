"""Values of one field for many rows: taken out of their lists, and put back when they are finished."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from types import NoneType
from typing import Any

from schema.compiled.leaves import kinds_of
from schema.compiled.reasons import UnusualError

LISTS = frozenset({list, tuple})


@dataclass(eq=False, slots=True)
class Column:
    """What a field is for each row, and what is inside, in the order in which one comes upon it."""

    values: Sequence[Any]
    flat: list[Any]
    """The innermost values. Nulls are among them only if they are leaves, which are looked at later."""
    holes: bool
    """Whether there is null where `restore` has to look for it."""


def column(values: list[Any], required: Sequence[bool], *, leaves: bool) -> Column:
    """Flatten the values of a field. UnusualError for an error, null where it is forbidden, or what is no list."""
    if len(required) == 1 and leaves:
        return Column(values, values, holes=False)
    if len(required) == 1:
        kinds = kinds_of(values)
        if NoneType not in kinds:
            return Column(values, values, holes=False)
        if required[0]:
            raise UnusualError
        return Column(values, [value for value in values if value is not None], holes=True)
    if len(required) == 2 and set(map(type, values)) <= LISTS:  # noqa: PLR2004 (one list)
        flat = list(chain.from_iterable(values))
        if leaves or NoneType not in kinds_of(flat):
            return Column(values, flat, holes=False)
    found = Column(values, [], holes=True)
    for value in values:
        _flatten(value, required, 0, leaves, found.flat)
    return found


def _flatten(value: Any, required: Sequence[bool], level: int, leaves: bool, flat: list[Any]) -> None:
    innermost = level == len(required) - 1
    if value is None:
        if required[level]:
            raise UnusualError
        if innermost and leaves:
            flat.append(None)
    elif innermost:
        kinds_of([value])
        flat.append(value)
    elif type(value) in LISTS:
        for item in value:
            _flatten(item, required, level + 1, leaves, flat)
    else:
        raise UnusualError


def restore(found: Column, required: Sequence[bool], done: list[Any], *, leaves: bool) -> list[Any]:
    """The finished values back in their lists."""
    if not found.holes:
        if len(required) == 1:
            return done
        if len(found.values) == 1:
            return [done]
        rest = iter(done)
        return [list(islice(rest, len(value))) for value in found.values]
    rest = iter(done)
    return [_refill(value, len(required) - 1, rest, leaves) for value in found.values]


def _refill(value: Any, lists: int, rest: Iterator[Any], leaves: bool) -> Any:
    if lists == 0:
        return None if value is None and not leaves else next(rest)
    return None if value is None else [_refill(item, lists - 1, rest, leaves) for item in value]
