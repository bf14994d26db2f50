"""Planned work: the root fields, and what hangs on each of many. All of it is public: who reads at all sees it."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import func, select

from actions.maintenance.find import maintenance_key
from core.ids import decode_as
from models.maintenance import Maintenance, MaintenanceComponent, MaintenanceSeries, MaintenanceUpdate
from models.service import Component
from models.words import MaintenanceState
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, children, page, pages

LATEST = Order("maintenances", (Maintenance.starts_at, Maintenance.id), descending=True, moments=1)
OF_SERIES = Order("series.maintenances", (Maintenance.starts_at, Maintenance.id), moments=1)
UPDATES = Order("maintenance.updates", (MaintenanceUpdate.id,))


async def maintenance(ctx: Context, *, ref: str) -> Maintenance | None:
    """One maintenance by reference, number or id; None if there is none."""
    key = maintenance_key(ref, "ref")
    return await ctx.reader.row(Maintenance, select(Maintenance).where(Maintenance.id == key))


async def maintenances(
    ctx: Context,
    *,
    states: list[MaintenanceState] | None = None,
    component: strawberry.ID | None = None,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Maintenance]:
    """A page of the maintenances, the latest start first."""
    window = Window(LATEST, paging(first, after, last, before))
    statement = select(Maintenance)
    if states is not None:
        statement = statement.where(Maintenance.state.in_(states))
    if component is not None:
        key = decode_as("Component", component, "component")
        mine = select(MaintenanceComponent.maintenance_id).where(MaintenanceComponent.component_id == key)
        statement = statement.where(Maintenance.id.in_(mine))
    return await page(ctx, Maintenance, statement, window)


async def components(ctx: Context, maintenances: Sequence[Maintenance]) -> list[list[Component]]:
    """The components that each takes, in the order of the status page."""
    statement = (
        select(Component, MaintenanceComponent.maintenance_id)
        .join(MaintenanceComponent, MaintenanceComponent.component_id == Component.id)
        .where(MaintenanceComponent.maintenance_id.in_({each.id for each in maintenances}))
        .order_by(Component.position, func.lower(Component.name), Component.id)
    )
    found = await children(ctx, Component, statement)
    return [found.get(each.id, []) for each in maintenances]


async def components_of_series(ctx: Context, series: Sequence[MaintenanceSeries]) -> list[list[Component]]:
    """The components that the occurrences of each take, in the order in which they were made."""
    found = await by_key(ctx, Component, (key for each in series for key in each.component_ids))
    return [[found[key] for key in sorted(each.component_ids) if key in found] for each in series]


async def updates(
    ctx: Context,
    maintenances: Sequence[Maintenance],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[MaintenanceUpdate]]:
    """A page of each one's updates, in the order in which they were published, withdrawn ones included."""
    window = Window(UPDATES, paging(first, after, last, before))
    keys = [each.id for each in maintenances]
    return await pages(
        ctx,
        MaintenanceUpdate,
        keys,
        window,
        lambda key: select(MaintenanceUpdate).where(MaintenanceUpdate.maintenance_id == key),
    )


async def occurrences(
    ctx: Context,
    series: Sequence[MaintenanceSeries],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Maintenance]]:
    """A page of the occurrences of each series that are made so far, the earliest first."""
    window = Window(OF_SERIES, paging(first, after, last, before))
    keys = [each.id for each in series]
    return await pages(
        ctx, Maintenance, keys, window, lambda key: select(Maintenance).where(Maintenance.series_id == key)
    )
