"""Fields that follow one foreign key."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from resolvers.context import Context
from resolvers.rows import by_key


def pointed_to(model: type[Any], column: str) -> Callable[[Context, Sequence[Any]], Awaitable[list[Any]]]:
    """A batch resolver for the row of `model` whose key each parent has in `column`; None where it has none.

    Not for incidents and what hangs on them: those need visibility (resolvers.incidents.incident_of).
    """

    async def resolve(ctx: Context, parents: Sequence[Any]) -> list[Any]:
        keys = [getattr(parent, column) for parent in parents]
        found = await by_key(ctx, model, keys)
        return [found.get(key) for key in keys]

    return resolve
