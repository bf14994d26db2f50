"""Leaves, a column at a time: most values are what the answer holds already, which their types alone tell."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
    is_enum_type,
)

from schema.compiled.reasons import UnusualError

Column = list[Any]
Finish = Callable[[Column], Column]
"""Makes a column of an answer of a column of values, in their order. Raises whatever is wrong with one of them."""

AS_THEY_ARE: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}
"""The values that are their own output (GraphQL, 3.5): exactly of this type, numbers within their limits."""
LARGEST_INT = 2**31 - 1
MOST_KEPT = 1_000
"""Values of one enumeration that are remembered."""
WHOLE_SECONDS = len("2026-11-24T03:38:00Z")


@lru_cache(4096)
def strange(kind: type) -> bool:
    """Whether a value of this type is an error, has to be waited for, or is none at all."""
    return issubclass(kind, Exception) or hasattr(kind, "__await__") or kind is type(Undefined)


def kinds_of(values: Column) -> set[type]:
    """The types of the values. UnusualError if one of them is no value."""
    kinds = set(map(type, values))
    for kind in kinds:
        if strange(kind):
            raise UnusualError
    return kinds


def leaf(named: GraphQLLeafType, *, required: bool, special: Mapping[str, Finish]) -> Finish:
    """What finishes values of a leaf type; `special` has quicker ways for scalars, by name."""
    finish = _finish(named, special.get(named.name))

    def column(values: Column) -> Column:
        kinds = kinds_of(values)
        if NoneType not in kinds:
            return finish(values, kinds) if values else values
        if required:
            raise UnusualError
        kinds.discard(NoneType)
        if not kinds:
            return values
        done = iter(finish([value for value in values if value is not None], kinds))
        return [None if value is None else next(done) for value in values]

    return column


def _finish(named: GraphQLLeafType, special: Finish | None) -> Callable[[Column, set[type]], Column]:
    coerce = named.coerce_output_value
    plain = AS_THEY_ARE.get(named)
    enumeration = is_enum_type(named)
    known: dict[Any, Any] = {}

    def finish(values: Column, kinds: set[type]) -> Column:
        if len(kinds) == 1:
            (kind,) = kinds
            if kind is plain and _within(kind, values):
                return values
            if enumeration and issubclass(kind, Enum):
                return _words(known, coerce, kind, values)
            if special is not None:
                return special(values)
        return [_output(coerce, value) for value in values]

    return finish


def _within(kind: type, values: Column) -> bool:
    if kind is int:
        return bool(min(values) >= -LARGEST_INT - 1 and max(values) <= LARGEST_INT)
    return kind is not float or all(map(math.isfinite, values))


def _words(known: dict[Any, Any], coerce: Callable[[Any], Any], kind: type, values: Column) -> Column:
    """The names of members of one Python enumeration, each found out once."""
    words = known.get(kind)
    if words is None or len(words) > MOST_KEPT:
        words = known[kind] = {}
    for value in set(values).difference(words):
        words[value] = _output(coerce, value)
    return [words[value] for value in values]


def _output(coerce: Callable[[Any], Any], value: Any) -> Any:
    done = coerce(value)
    if done is None or done is Undefined:
        raise UnusualError
    return done


ZONE = attrgetter("tzinfo")


def moments(one: Callable[[Any], str]) -> Finish:
    """A way to print moments in UTC all at once as `one` prints them: RFC 3339 with microseconds and a Z."""

    def column(values: Column) -> Column:
        if set(map(type, values)) != {datetime} or set(map(ZONE, values)) != {UTC}:
            return [one(value) for value in values]
        printed = orjson.dumps(values, option=orjson.OPT_UTC_Z).decode()[2:-2].split('","')
        return [text if len(text) != WHOLE_SECONDS else f"{text[:-1]}.000000Z" for text in printed]

    return column
