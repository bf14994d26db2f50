"""Pages of a list: what a client asks for, where it goes on, and what it gets (Relay, "Cursor Connections").

Pages are cut by keys and never by counting, so that they cost the same everywhere in the list and nothing is skipped or
shown twice when rows are added meanwhile.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, NewType, TypeVar

import orjson
from sqlalchemy import ColumnElement, Integer, Select, bindparam, tuple_

from core.errors import DomainError, invalid
from core.ids import BIGINT_MAX

Cursor = NewType("Cursor", str)
DEFAULT_SIZE = 25
LARGEST = 100
PAGING = {
    "first": "How many to return from the front: 1 to 100, 25 if neither `first` nor `last` is given.",
    "after": "Return only what comes after this cursor of the same connection.",
    "last": "How many to return from the back: 1 to 100. INVALID_INPUT together with `first`.",
    "before": "Return only what comes before this cursor of the same connection.",
}
"""The descriptions of a connection's arguments."""

T = TypeVar("T")


def _bigint(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > BIGINT_MAX:
        raise TypeError
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of a list. `name` stands in its cursors, so that one of another list is refused."""

    name: str
    keys: tuple[Any, ...]
    """Expressions to order by, all in the same direction; together they are unique."""
    descending: bool = False
    moments: int = 0
    """How many of the keys, from the first on, are moments; the others are integers."""

    def read(self, values: Sequence[object]) -> tuple[Any, ...]:
        """The keys in a cursor, checked; ValueError or TypeError if they are none of this order's."""
        if len(values) != len(self.keys):
            raise ValueError
        return tuple((_moment if i < self.moments else _bigint)(value) for i, value in enumerate(values))


@dataclass(frozen=True, slots=True)
class Slice:
    """What a client asked for, checked."""

    size: int
    backward: bool = False
    after: str | None = None
    before: str | None = None


def paging(
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> Slice:
    """The slice that the four arguments of a connection mean; INVALID_INPUT naming the argument at fault."""
    if first is not None and last is not None:
        raise invalid("last", "`first` and `last` can't be given together.", "Give `first` or `last`.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= LARGEST:
            raise invalid(
                name, f"A page of {size} can't be given.", f"Ask for 1 to {LARGEST}, and page on with cursors."
            )
    return Slice(last or first or DEFAULT_SIZE, last is not None, after, before)


def encode_place(order: Order, keys: Sequence[Any]) -> Cursor:
    """The opaque cursor of a place in an order."""
    return Cursor(base64.urlsafe_b64encode(orjson.dumps([order.name, *keys])).decode().rstrip("="))


def decode_place(order: Order, cursor: str, field: str) -> tuple[Any, ...]:
    """The keys behind a cursor of this order; INVALID_INPUT on `field` if it is none."""
    try:
        plain = orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        if not isinstance(plain, list) or plain[:1] != [order.name]:
            raise foreign(cursor, field)
        return order.read(plain[1:])
    except (binascii.Error, UnicodeError, ValueError, TypeError):
        raise foreign(cursor, field) from None


def foreign(cursor: str, field: str) -> DomainError:
    """The refusal of a cursor that belongs elsewhere."""
    return invalid(
        field,
        f"{cursor[:80]!r} is not a cursor of this list.",
        "Pass startCursor, endCursor or an edge's cursor of the same connection in the same order.",
    )


MOST = bindparam("window_rows", type_=Integer)
WHOLE = slice(None)


class Window:
    """A slice of an order, ready to be put on a select: limits are one row wider, to know whether there is more.

    Selects that are cut alike (`shape`) are the same, and are sent with the `bounds` of the slice.
    """

    def __init__(self, order: Order, wanted: Slice) -> None:
        self.order = order
        self.wanted = wanted
        self._after = decode_place(order, wanted.after, "after") if wanted.after is not None else None
        self._before = decode_place(order, wanted.before, "before") if wanted.before is not None else None

    @property
    def down(self) -> bool:
        """Whether `cut` fetches from the largest key to the smallest."""
        return self.order.descending != self.wanted.backward

    @property
    def labelled(self) -> list[Any]:
        """The keys as columns to select beside a row's own."""
        return [key.label(f"key_{i}") for i, key in enumerate(self.order.keys)]

    @property
    def shape(self) -> tuple[str, bool, bool, bool]:
        """What tells the cuts of one slice from those of another."""
        return self.order.name, self.wanted.backward, self._after is not None, self._before is not None

    def bounds(self, *, more: bool = True) -> dict[str, Any]:
        """The parameters of a select that was cut; without `more` it is not to tell whether the list goes on."""
        places = (("after", self._after), ("before", self._before))
        bounds = {f"window_{end}_{i}": key for end, keys in places for i, key in enumerate(keys or ())}
        return {MOST.key: self.wanted.size + more, **bounds}

    def _beyond(self, end: str, *, upwards: bool) -> ColumnElement[bool]:
        keys = self.order.keys
        theirs = tuple_(*(bindparam(f"window_{end}_{i}", type_=key.type) for i, key in enumerate(keys)))
        return tuple_(*keys) > theirs if upwards else tuple_(*keys) < theirs

    def cut(self, statement: Select[Any]) -> Select[Any]:
        """The select with the slice's bounds, order and limit; in reverse order for a slice from the back."""
        descending = self.order.descending
        if self._after is not None:
            statement = statement.where(self._beyond("after", upwards=not descending))
        if self._before is not None:
            statement = statement.where(self._beyond("before", upwards=descending))
        keys = (key.desc() if self.down else key.asc() for key in self.order.keys)
        return statement.order_by(*keys).limit(MOST)

    def over(self, rows: Sequence[T], key: Callable[[T], tuple[Any, ...]]) -> "Page[T]":
        """The page of rows that are at hand, cut by their keys as `cut` cuts those of a table."""
        upwards = not self.order.descending
        keyed = [
            (place, row)
            for place, row in ((key(row), row) for row in rows)
            if (self._after is None or (place > self._after if upwards else place < self._after))
            and (self._before is None or (place < self._before if upwards else place > self._before))
        ]
        keyed = sorted(keyed, key=itemgetter(0), reverse=self.down)[: self.wanted.size + 1]
        return self.page([row for _, row in keyed], [place for place, _ in keyed])

    def page(self, rows: list[T], keys: Sequence[Sequence[Any]], *, at: slice = WHOLE) -> "Page[T]":
        """The page made of the rows that `cut` found, and what has their keys in it (`at`), in that order.

        What a cursor points to lies outside the page, so a page that begins or ends at one is not the whole list.
        """
        wanted = self.wanted
        more = len(rows) > wanted.size
        if more:
            rows, keys = rows[: wanted.size], keys[: wanted.size]
        if wanted.backward:
            rows, keys = rows[::-1], keys[::-1]
        return Page(
            nodes=rows,
            keys=keys,
            at=at,
            order=self.order,
            has_next_page=wanted.before is not None or (more and not wanted.backward),
            has_previous_page=wanted.after is not None or (more and wanted.backward),
        )


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row and its place."""

    cursor: Cursor
    node: T


@dataclass(slots=True)
class Page(Generic[T]):
    """One page, as the connection types read it. Cursors are made only when they are asked for."""

    nodes: list[T]
    keys: Sequence[Sequence[Any]]
    """What has the keys of each row in it …"""
    at: slice
    """… here."""
    order: Order
    has_next_page: bool = False
    has_previous_page: bool = False

    @property
    def places(self) -> list[Sequence[Any]]:
        """The keys of each row."""
        return [keys[self.at] for keys in self.keys]

    @property
    def edges(self) -> list[Edge[T]]:
        """The rows with their cursors."""
        return [Edge(encode_place(self.order, place), row) for row, place in zip(self.nodes, self.places, strict=True)]

    @property
    def page_info(self) -> "Page[T]":
        """The page itself: it knows where it ends."""
        return self

    @property
    def start_cursor(self) -> Cursor | None:
        """The cursor of the first row."""
        return encode_place(self.order, self.keys[0][self.at]) if self.keys else None

    @property
    def end_cursor(self) -> Cursor | None:
        """The cursor of the last row."""
        return encode_place(self.order, self.keys[-1][self.at]) if self.keys else None
