"""What templates may say of planned work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.maintenance.find import find_maintenance
from actions.templates import spoken
from actions.update_parts import MAX_COMPONENTS
from core.zones import zone_or_utc
from models.language import PageLanguage
from models.maintenance import Maintenance, MaintenanceComponent
from models.organisation import Organisation
from models.service import Component


@dataclass(frozen=True, slots=True)
class MaintenanceWords:
    """What templates may say of a maintenance. All of it is public. `minutes`: how long it is to take."""

    reference: str
    title: str
    state: str
    starts_at: str
    ends_at: str
    minutes: int


@dataclass(frozen=True, slots=True)
class ComponentWords:
    """What templates may say of a component."""

    name: str
    state: str


async def maintenance_values(session: AsyncSession, reference: str) -> dict[str, Any]:
    """The names that every template of planned work can use, with their values. NOT_FOUND."""
    found = await find_maintenance(session, reference)
    taken = (
        select(Component.name, Component.status)
        .join(MaintenanceComponent, MaintenanceComponent.component_id == Component.id)
        .where(MaintenanceComponent.maintenance_id == found.id)
        .order_by(Component.position, Component.name, Component.id)
        .limit(MAX_COMPONENTS)
    )
    language = await session.scalar(select(Organisation.language)) or PageLanguage.EN
    components = [(spoken.line(name), status) for name, status in await session.execute(taken)]
    return {
        "maintenance": await _words(session, found, language),
        "components": [ComponentWords(name, spoken.state(status, language)) for name, status in components],
        "component_names": spoken.listed([name for name, _ in components], language),
    }


async def _words(session: AsyncSession, found: Maintenance, language: str) -> MaintenanceWords:
    zone = zone_or_utc(await session.scalar(select(Organisation.time_zone)) or "UTC")

    def spelt(moment: datetime) -> str:
        """`2026-12-01 02:00 UTC`: it may be weeks away, so it has its date, which reads alike in every language."""
        local = moment.astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"

    return MaintenanceWords(
        reference=found.reference,
        title=spoken.line(found.title),
        state=spoken.MAINTENANCE[language][found.state],
        starts_at=spelt(found.starts_at),
        ends_at=spelt(found.ends_at),
        minutes=int((found.ends_at - found.starts_at).total_seconds()) // 60,
    )
