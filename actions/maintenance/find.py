"""From a reference to the maintenance, series or update that is to be changed. Every miss names its field."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, conflict, invalid, not_found
from core.ids import BIGINT_MAX, decode_as
from models.maintenance import MAINTENANCE_PREFIX, Maintenance, MaintenanceSeries, MaintenanceUpdate
from models.words import MaintenanceState


def maintenance_key(reference: str, field: str = "maintenance") -> int:
    """The key behind `MNT-12`, `12` or an opaque id; INVALID_INPUT if it is none of these."""
    plain = reference.strip()
    bare = plain[len(MAINTENANCE_PREFIX) :] if plain.upper().startswith(MAINTENANCE_PREFIX) else plain
    if bare.isascii() and bare.isdigit():
        number = int(bare) if len(bare) <= len(str(BIGINT_MAX)) else 0
        if not 0 < number <= BIGINT_MAX:
            raise not_found(field, "maintenance", reference)
        return number
    try:
        return decode_as("Maintenance", plain, field)
    except DomainError as error:
        raise invalid(
            field, f"{reference[:80]!r} is no maintenance reference.", "Send e.g. MNT-12, 12, or a maintenance's id."
        ) from error


async def find_maintenance(session: AsyncSession, reference: str) -> Maintenance:
    """The maintenance, locked until the end of the transaction. NOT_FOUND."""
    found = await session.get(
        Maintenance,
        maintenance_key(reference),
        populate_existing=True,
        with_for_update={"key_share": True},
    )
    if found is None:
        raise not_found("maintenance", "maintenance", reference)
    return found


async def find_series(session: AsyncSession, key: int) -> MaintenanceSeries:
    """A series that is known to be there, locked until the end of the transaction."""
    return await session.get_one(MaintenanceSeries, key, populate_existing=True, with_for_update={"key_share": True})


async def find_update(
    session: AsyncSession, reference: str, field: str = "update"
) -> tuple[MaintenanceUpdate, Maintenance]:
    """An update and its maintenance, which is locked. NOT_FOUND."""
    key = decode_as("MaintenanceUpdate", reference, field)
    maintenance_id = await session.scalar(select(MaintenanceUpdate.maintenance_id).where(MaintenanceUpdate.id == key))
    if maintenance_id is None:
        raise not_found(field, "update", reference)
    maintenance = await find_maintenance(session, str(maintenance_id))
    return await session.get_one(MaintenanceUpdate, key, populate_existing=True), maintenance


def refuse_over(maintenance: Maintenance) -> None:
    """CONFLICT for one that is completed or cancelled."""
    if not maintenance.pending:
        raise conflict(
            f"{maintenance.reference} is {spoken(maintenance.state)}.",
            field="maintenance",
            hint="Schedule another one; to add to the record, publish an update on this one.",
        )


def spoken(state: MaintenanceState) -> str:
    """A state as a word inside a sentence."""
    return state.lower().replace("_", " ")
