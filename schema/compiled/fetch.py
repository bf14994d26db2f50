"""Gathering what one root field's selection needs, level by level, and finishing it when all is there.

Each batched field is asked once for all rows of a level. An object that is met in several places is asked about, and
finished, once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any, TypeVar, cast

from graphql import GraphQLObjectType, is_abstract_type
from graphql.execution.values import VariableValues

from resolvers.batch import EVERYTHING, Ask, Selected
from schema.compiled.column import Column, column, restore
from schema.compiled.operation import Operation
from schema.compiled.reasons import UnusualError
from schema.compiled.shape import AskOf, FieldShape, Read, Shape
from schema.limits import MAX_OBJECTS, too_expensive
from schema.plan import DEFINITION

T = TypeVar("T")
CAST = "__as_strawberry_type__"
"""How Strawberry marks an object that is to be taken for another type's."""


@dataclass(eq=False, slots=True)
class Frame:
    """The rows of one type at one place; each once."""

    shape: Shape
    rows: list[Any]
    given: list["Place | None"]


@dataclass(eq=False, slots=True)
class Place:
    """What a field is for the rows of a frame, and the frames of the objects in it."""

    shape: FieldShape
    column: Column
    frames: list[Frame] = field(default_factory=list)
    ids: list[int] | None = None
    """The identity of each object, if one of them is there twice or they are of several types."""


class Gathering:
    """The values of one root field. `asked` is all that was found out, for graphql-core to find if it has to look."""

    def __init__(self, operation: Operation, ctx: Any, variables: VariableValues, counted: "Count") -> None:
        self._operation = operation
        self._ctx = ctx
        self._variables = variables
        self._count = counted
        self.asked: list[tuple[Ask, list[Any], list[Any]]] = []
        self.unusual = False

    async def gather(self, root: FieldShape, value: Any) -> Place:
        """Everything below the value of a root field. UnusualError if graphql-core has to look at it."""
        place = self._place(root, [value])
        level = place.frames
        while level:
            wanted = self._meet(level)
            if not wanted:
                break
            with self._ctx.course.level(partial(names_of, wanted), sum(len(frame.rows) for frame, _, _ in wanted)):
                level = await self._ask(wanted)
        if self.unusual:
            raise UnusualError
        return place

    def _meet(self, level: list[Frame]) -> list[tuple[Frame, int, FieldShape]]:
        """Read what objects hold themselves, and collect what has to be asked for."""
        wanted = []
        stack = list(level)
        while stack:
            frame = stack.pop()
            wanted += [(frame, number, each) for number, each in frame.shape.asked]
            for number, each in frame.shape.met:
                place = self._try(self._read, each, frame)
                if place is not None:
                    frame.given[number] = place
                    stack += place.frames
        return wanted

    async def _ask(self, wanted: list[tuple[Frame, int, FieldShape]]) -> list[Frame]:
        """Ask for it, all rows of a question at once; the frames of the next level."""
        users: dict[Any, tuple[Ask, list[tuple[Frame, int, FieldShape]]]] = {}
        for frame, number, each in wanted:
            ask = self._try(cast("AskOf", each.ask), self._variables)
            if ask is not None:
                users.setdefault(ask.key, (ask, []))[1].append((frame, number, each))
        below: list[Frame] = []
        for ask, places in users.values():
            rows = places[0][0].rows if len(places) == 1 else _each_once(frame.rows for frame, _, _ in places)
            values = await ask.batch.values(self._ctx, rows, ask.arguments, self._selected(ask, places))
            self.asked.append((ask, rows, values))
            known = dict(zip(map(id, rows), values, strict=True)) if len(places) > 1 else {}
            for frame, number, each in places:
                own = values if len(places) == 1 else [known[id(row)] for row in frame.rows]
                place = self._try(self._place, each, own)
                if place is not None:
                    frame.given[number] = place
                    below += place.frames
        return below

    def _selected(self, ask: Ask, places: list[tuple[Frame, int, FieldShape]]) -> Selected:
        """What all places together read of the rows that are asked for."""
        if ask.batch.rows is None:
            return EVERYTHING
        found = (self._operation.selected(each, self._variables) for _, _, each in places)
        return reduce(Selected.merged, found)

    def _try(self, step: Callable[..., T], *given: Any) -> T | None:
        """What a step makes; None if it is unusual. The rest is gathered all the same, for graphql-core to find."""
        try:
            return step(*given)
        except TooManyError:
            raise
        except Exception:  # noqa: BLE001 (graphql-core meets the same and says what it is)
            self.unusual = True
            return None

    def _read(self, each: FieldShape, frame: Frame) -> Place:
        return self._place(each, list(map(cast("Read", each.read), frame.rows)))

    def _place(self, each: FieldShape, values: list[Any]) -> Place:
        place = Place(each, column(values, each.required, leaves=each.leaf is not None))
        if each.leaf is None and place.column.flat:
            self._count.add(len(place.column.flat))
            self._settle(place)
        return place

    def _settle(self, place: Place) -> None:
        """Frames for the objects of a place, by their types."""
        rows, named = place.column.flat, place.shape.named
        if len(set(map(id, rows))) < len(rows):
            place.ids = list(map(id, rows))
            rows = list(dict(zip(place.ids, rows, strict=True)).values())
        if not is_abstract_type(named):
            self._check(place.shape, rows)
            place.frames.append(self._frame(place.shape, named, rows))  # type: ignore[arg-type]
            return
        place.ids = list(map(id, place.column.flat))
        found: dict[Any, list[Any]] = {}
        for row in rows:
            found.setdefault(self._kind_of(place.shape, row), []).append(row)
        place.frames = [self._frame(place.shape, kind, own) for kind, own in found.items()]

    def _frame(self, each: FieldShape, kind: GraphQLObjectType, rows: list[Any]) -> Frame:
        shape = self._operation.shape(each, kind, self._variables)
        return Frame(shape, rows, [None] * shape.width)

    def _check(self, each: FieldShape, rows: list[Any]) -> None:
        """UnusualError for an object that is none of its type."""
        is_type_of: Any = each.named.is_type_of  # type: ignore[attr-defined]  # an object type
        if is_type_of is None:
            return
        if by_class(is_type_of):
            rows = list({type(row): row for row in rows}.values())
        for row in rows:
            if is_type_of(row, None) is not True:
                raise UnusualError

    def _kind_of(self, each: FieldShape, row: Any) -> GraphQLObjectType:
        """The type of an object of an interface or a union. UnusualError if it does not say so itself."""
        known = each.kinds.get(type(row))
        if known is not None:
            return known
        if (
            isinstance(row, Mapping)
            or hasattr(row, CAST)
            or getattr(each.named.extensions.get(DEFINITION), "resolve_type", None)
        ):
            raise UnusualError
        candidates = self._operation.schema.get_possible_types(each.named)  # type: ignore[arg-type]
        for kind in candidates:
            if kind.is_type_of is not None and kind.is_type_of(row, None) is True:  # type: ignore[arg-type]
                if all(each.is_type_of is None or by_class(each.is_type_of) for each in candidates):
                    each.kinds[type(row)] = kind
                return kind
        raise UnusualError


def names_of(wanted: list[tuple[Frame, int, FieldShape]]) -> list[str]:
    """What is asked for, as the schema calls it: clients' own names for it may say anything."""
    return sorted({each.name for _, _, each in wanted})


def by_class(is_type_of: Any) -> bool:
    """Whether a function that tells types apart looks at the class alone: it says so by `by_class`."""
    return getattr(is_type_of, "by_class", False)


def finish(place: Place) -> list[Any]:
    """The finished values of a place, in the order of its rows. Raises whatever is wrong with one of them."""
    each, found = place.shape, place.column
    if each.leaf is not None:
        done = each.leaf(found.flat)
    elif place.ids is None:
        done = _objects(place.frames[0]) if place.frames else []
    else:
        made: dict[int, Any] = {}
        for frame in place.frames:
            made.update(zip(map(id, frame.rows), _objects(frame), strict=True))
        done = [made[key] for key in place.ids]
    return restore(found, each.required, done, leaves=each.leaf is not None)


def _objects(frame: Frame) -> list[dict[str, Any]]:
    given = [[] if place is None else finish(place) for place in frame.given]
    return frame.shape.build(frame.rows, given)


def _each_once(lists: Iterable[list[Any]]) -> list[Any]:
    return list({id(row): row for rows in lists for row in rows}.values())


class TooManyError(Exception):
    """More objects than an answer may have."""

    def __init__(self) -> None:
        self.refusal = too_expensive("objects in its answer", f"more than {MAX_OBJECTS}", MAX_OBJECTS)
        super().__init__(self.refusal.message)


class Count:
    """The objects of one answer: references may be far more than the rows behind them."""

    def __init__(self) -> None:
        self._objects = 0

    def add(self, more: int) -> None:
        """Count more of them. TooManyError beyond the limit."""
        self._objects += more
        if self._objects > MAX_OBJECTS:
            raise TooManyError
