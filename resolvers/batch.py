"""Fields that are resolved for all parents at once.

A batch resolver is `async def roles(ctx, incidents, *, current) -> list[list[RoleAssignment]]`: one value per parent,
in their order; an exception is a value too, and that parent's error. It never sees one parent, so nothing can be asked
of the database once per row (DESIGN §4, "Batch resolvers").

Two ways lead to it. The executor (schema.executor) calls it for all parents of a level before their fields are
completed, and the fields then find plain values. Whatever was not foreseen goes through a loader that gathers the
parents which ask in the same turn of the event loop: slower, same answers (a differential test compares them).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import ref

from strawberry.dataloader import DataLoader

BatchFunction = Callable[..., Awaitable[Sequence[Any]]]
Arguments = dict[str, Any]
Key = tuple["Batch", Any]


@dataclass(frozen=True, slots=True)
class Selected:
    """What an operation reads of the rows that a field gives."""

    columns: tuple[str, ...] | None = None
    """The columns of their model; None: perhaps all."""
    more: bool = True
    """Whether it asks if a list goes on beyond its page."""

    def merged(self, other: "Selected") -> "Selected":
        """What both read, together."""
        if self == other:
            return self
        if self.columns is None or other.columns is None:
            return Selected(None, self.more or other.more)
        return Selected(tuple(sorted({*self.columns, *other.columns})), self.more or other.more)


EVERYTHING = Selected()


@dataclass(eq=False, frozen=True, slots=True)
class Batch:
    """What `batched` leaves in a field's metadata for the executor."""

    function: BatchFunction
    then: BatchFunction | None = None
    """The same for parents as they once were (core.rows.dated). None: `function` needs nothing but their columns."""
    rows: type[Any] | None = None
    """The model whose rows it gives with as few columns as are wanted: then it takes `Selected` after the parents."""

    async def values(
        self, ctx: Any, parents: Sequence[Any], arguments: Arguments, selected: Selected = EVERYTHING
    ) -> list[Any]:
        """One value or exception per parent. An exception of the whole batch is every parent's."""
        if self.then is None or not any(hasattr(parent, "past") for parent in parents):
            if self.rows is not None:
                return await _call(self.function, ctx, parents, arguments, selected)
            return await _call(self.function, ctx, parents, arguments)
        past = [parent for parent in parents if hasattr(parent, "past")]
        present = [parent for parent in parents if not hasattr(parent, "past")]
        then = iter(await _call(self.then, ctx, past, arguments))
        now = iter(await _call(self.function, ctx, present, arguments) if present else ())
        return [next(then if hasattr(parent, "past") else now) for parent in parents]


async def _call(
    function: BatchFunction, ctx: Any, parents: Sequence[Any], arguments: Arguments, *selected: Selected
) -> list[Any]:
    try:
        values = list(await function(ctx, parents, *selected, **arguments))
    except Exception as error:  # noqa: BLE001 (it becomes a value, and the error of the field)
        return [error] * len(parents)
    if len(values) != len(parents):
        name = function.__qualname__
        return [RuntimeError(f"{name} answered {len(values)} of {len(parents)} parents")] * len(parents)
    return values


def frozen(value: Any) -> Any:
    """A hashable stand-in for arguments; equal only if the types are equal too (1 is not True)."""
    if isinstance(value, dict):
        return tuple((key, frozen(content)) for key, content in value.items())
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return type(value), value


@dataclass(eq=False, frozen=True, slots=True)
class Ask:
    """A batched field with its arguments, as one place of an operation asks for it."""

    batch: Batch
    arguments: Arguments
    key: Key

    @classmethod
    def of(cls, batch: Batch, arguments: Arguments) -> "Ask":
        """The ask with its key, which is made once for many parents."""
        return cls(batch, arguments, (batch, frozen(arguments)))


class Batches:
    """The values of batched fields within one request, or one field of a mutation."""

    def __init__(self, ctx: Any) -> None:
        self._ctx = ref(ctx)  # which holds this: all rows of an answer would wait for the garbage collector
        self._loaders: dict[Key, DataLoader[Any, Any]] = {}
        self._foreseen: dict[Key, dict[int, tuple[Any, Any]]] = {}
        # Per ask: (parent, value) by the identity of the parent, which is kept alive by being here.

    async def foresee(self, ask: Ask, parents: Sequence[Any]) -> list[Any]:
        """The values for these parents, kept for their fields to find. Each parent is asked for once."""
        known = self._foreseen.setdefault(ask.key, {})
        missing = list({id(parent): parent for parent in parents if id(parent) not in known}.values())
        if missing:
            self.keep(ask, missing, await ask.batch.values(self._ctx(), missing, ask.arguments))
        return [known[id(parent)][1] for parent in parents]

    def keep(self, ask: Ask, parents: Sequence[Any], values: Sequence[Any]) -> None:
        """Keep what was found out of parents, for their fields to find."""
        found = ((id(parent), (parent, value)) for parent, value in zip(parents, values, strict=True))
        self._foreseen.setdefault(ask.key, {}).update(found)

    def known(self, ask: Ask) -> dict[int, tuple[Any, Any]]:
        """What was foreseen of an ask: (parent, value) by the identity of the parent."""
        return self._foreseen.get(ask.key, {})

    def value(self, ask: Ask, parent: Any) -> Any:
        """The value for a parent if it was foreseen, else an awaitable of it."""
        known = self._foreseen.get(ask.key)
        if known is not None:
            found = known.get(id(parent))
            if found is not None:
                return found[1]
        loader = self._loaders.get(ask.key)
        if loader is None:
            whose = self._ctx

            async def load(parents: list[Any]) -> list[Any]:
                return await ask.batch.values(whose(), parents, ask.arguments)

            loader = self._loaders[ask.key] = DataLoader(load, cache=False)
        return loader.load(parent)
