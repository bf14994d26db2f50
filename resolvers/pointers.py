"""Fields that follow one foreign key."""

from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any

from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.rows import by_key


def pointed_to(model: type[Any], column: str) -> Callable[[Context, Sequence[Any]], Awaitable[list[Any]]]:
    """A batch resolver for the row of `model` whose key each parent has in `column`; None where it has none.

    It needs no other column, and gives its rows with no other than are selected (resolvers.fields.batched). Not for
    incidents and what hangs on them: those need visibility (resolvers.incidents.incident_of).
    """

    async def resolve(ctx: Context, parents: Sequence[Any], selected: Selected = EVERYTHING) -> list[Any]:
        keys = list(map(key_of, parents))
        found = await by_key(ctx, model, keys, columns=selected.columns)
        return list(map(found.get, keys))

    key_of = attrgetter(column)
    resolve.needs, resolve.rows = (column,), model  # type: ignore[attr-defined]
    return resolve
