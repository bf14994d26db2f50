"""What an edit does to a row: the columns that differ, and the components that it takes instead."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.maintenance import Maintenance, MaintenanceComponent


def apply(found: Maintenance, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set what differs; the values before and after, as JSON. The body is a text and noted only as changed."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, value in wanted.items():
        present = getattr(found, field)
        if present != value:
            before[field], after[field] = _plain(field, present), _plain(field, value)
            setattr(found, field, value)
    return before, after


def _plain(field: str, value: Any) -> Any:
    if field == "body":
        return "changed"
    return value.isoformat() if isinstance(value, datetime) else value


async def replace_components(session: AsyncSession, maintenance_id: int, component_ids: list[int]) -> None:
    """Let a maintenance take these components and no others."""
    mine = MaintenanceComponent.maintenance_id == maintenance_id
    await session.execute(
        delete(MaintenanceComponent).where(mine, MaintenanceComponent.component_id.not_in(component_ids))
    )
    held = set(await session.scalars(select(MaintenanceComponent.component_id).where(mine)))
    session.add_all(
        MaintenanceComponent(maintenance_id=maintenance_id, component_id=key)
        for key in component_ids
        if key not in held
    )
    await session.flush()
