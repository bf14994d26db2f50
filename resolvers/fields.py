"""How a line of the schema says where its value comes from.

From its row as it is (`column`), its row alone (`computed`), all parents at once (`batched`), or the request (`root`).

The functions behind them are annotated with model types and know no GraphQL type: the line in the schema has the type.
Their keyword-only parameters are the GraphQL arguments, and every one of them needs its description.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any, cast

import strawberry

from auth.permission import Permission, require
from resolvers.batch import Ask, Batch, BatchFunction

BATCH = "batch"
"""Where a field's metadata keeps its Batch, for the executor."""
ROW = "row"
"""Where it keeps the function of a `computed` one."""
NEEDS = "needs"
"""Where it keeps the columns of its row that a `computed` or `batched` one reads, if that was said."""
ROWS = "rows"
"""Where a `root` field keeps the model whose rows it gives with as few columns as are wanted."""
VIEWER = "viewer"
"""Where it keeps whether the value depends on who asks, beyond what they may see: such an answer is never shared."""


def column(description: str, *, name: str | None = None) -> Any:
    """Make a field that is read from its row as it is; `name` is its GraphQL name where Python has no word for it."""
    return strawberry.field(description=description, name=name)


def computed(function: Callable[[Any], Any], *, description: str, needs: Sequence[str] | None = None) -> Any:
    """Make a field that follows from its row alone, such as an id from a key.

    `needs`: the columns that it reads; None: perhaps all of them.
    """

    def resolver(root: Any) -> Any:
        return function(root)

    return strawberry.field(resolver=resolver, description=description, metadata={ROW: function, NEEDS: needs})


def batched(
    function: BatchFunction,
    *,
    description: str,
    arguments: dict[str, str] | None = None,
    then: BatchFunction | None = None,
    viewer: bool = False,
    needs: Sequence[str] | None = None,
    rows: type[Any] | None = None,
) -> Any:
    """A field of which `function(ctx, parents, **arguments)` gives one value or exception per parent.

    `then` does so for parents as they once were, where that takes more than their columns. `viewer` says that it is
    about who asks: two who may see the same may get different values. `needs`: the columns of the parents that it
    reads; None: perhaps all of them. `rows`: it gives rows of this model, and reads no more columns of them than it is
    told to (`Selected`, between parents and arguments). Both may be said by the function itself, as attributes of it.
    """
    needs = needs if needs is not None else getattr(function, "needs", None)
    batch = Batch(function, then, rows or getattr(function, "rows", None))

    def resolver(root: Any, info: strawberry.Info, **given: Any) -> Any:
        return info.context.batches.value(Ask.of(batch, given), root)

    return _field(resolver, function, description, arguments, {BATCH: batch, VIEWER: viewer, NEEDS: needs})


def root(
    function: Callable[..., Awaitable[Any]],
    *,
    description: str,
    arguments: dict[str, str] | None = None,
    permission: Permission | None = Permission.READ,
    rows: type[Any] | None = None,
) -> Any:
    """A field of Query that is answered by `function(ctx, **arguments)`, for those who have the permission.

    `rows`: it gives rows of this model, and reads no more columns of them than it is told to (`Selected`, after ctx).
    """

    async def resolver(root: Any, info: strawberry.Info, **given: Any) -> Any:
        del root
        if permission is not None:
            require(info.context.actor, permission)
        if rows is not None:
            return await function(info.context, info.context.selected, **given)
        return await function(info.context, **given)

    return _field(resolver, function, description, arguments, {ROWS: rows})


def stream(
    function: Callable[..., AsyncIterator[Any]], *, description: str, arguments: dict[str, str] | None = None
) -> Any:
    """A field of Subscription: `function(ctx, **arguments)` gives its values, and minds permissions while it runs."""

    def resolver(root: Any, info: strawberry.Info, **given: Any) -> Any:
        del root
        return function(info.context, **given)

    return _field(resolver, function, description, arguments, {}, make=strawberry.subscription)


def _field(
    resolver: Callable[..., Any],
    function: Callable[..., Any],
    description: str,
    arguments: dict[str, str] | None,
    metadata: dict[Any, Any],
    make: Callable[..., Any] = strawberry.field,
) -> Any:
    """A Strawberry field whose arguments are the keyword-only parameters of `function`."""
    texts = arguments or {}
    own = [p for p in inspect.signature(function).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY]
    if {parameter.name for parameter in own} != set(texts):
        raise TypeError(f"{function.__qualname__}: every argument needs its description, and only those do")
    described = [
        p.replace(
            annotation=Annotated[p.annotation, strawberry.argument(texts[p.name])],
            default=strawberry.UNSET if p.default is None else p.default,  # or the schema would say `= null`
        )
        for p in own
    ]
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    dressed = cast("Any", resolver)
    dressed.__signature__ = inspect.Signature(
        [
            inspect.Parameter("root", either, annotation=Any),
            inspect.Parameter("info", either, annotation=strawberry.Info),
            *described,
        ]
    )
    dressed.__annotations__ = {"info": strawberry.Info, **{p.name: p.annotation for p in described}}
    dressed.__module__, dressed.__name__ = function.__module__, function.__name__
    return make(resolver=dressed, description=description, metadata=metadata)
