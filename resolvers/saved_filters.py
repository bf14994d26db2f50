"""The filters of incidents that the viewer keeps."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from strawberry.utils.str_converters import to_camel_case

from auth.actor import Actor
from models.saved_filter import SavedFilter
from resolvers.context import Context
from resolvers.incident_filter import IncidentOrder


def own_filters(actor: Actor) -> ColumnElement[bool]:
    """The condition on filters that holds for an actor's own."""
    return (SavedFilter.owner_kind == actor.kind) & (SavedFilter.owner_id == actor.id)


async def saved_filters(ctx: Context) -> list[SavedFilter]:
    """The viewer's own, by name."""
    statement = select(SavedFilter).where(own_filters(ctx.actor))
    return await ctx.reader.rows(SavedFilter, statement.order_by(func.lower(SavedFilter.name), SavedFilter.id))


async def as_given(_: Context, rows: Sequence[SavedFilter]) -> list[dict[str, Any]]:
    """Each as an object that a client passes on as `filter`."""
    return [{to_camel_case(line): value for line, value in row.filter.items()} for row in rows]


async def orders(_: Context, rows: Sequence[SavedFilter]) -> list[IncidentOrder | None]:
    """The order of each; None where it has none of its own."""
    return [IncidentOrder(row.order) if row.order else None for row in rows]
