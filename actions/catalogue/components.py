"""Keeping components: the parts of the product that customers see on the status page."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME, Saving, begin
from actions.components import refresh_components
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.maintenance import MAINTENANCE_PREFIX, PENDING_SQL, Maintenance, MaintenanceComponent
from models.service import Component, ComponentClaim
from models.words import ComponentStatus

MAX_POSITION = 1_000_000


async def save_component(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    group: str | Unset | None = UNSET,
    position: int | Unset | None = UNSET,
    description: str | Unset | None = UNSET,
    status: ComponentStatus | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Component:
    """Add a component, or change one. A new one needs a name; it stands at position 0 and is operational.

    `status` is the manual setting; what customers see is the worst of it and of the open public incidents' claims. A
    change of that is an event of its own. CONFLICT for archiving a component while customers are told about it.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, Component, id)
    if saving.creating:
        _fill_in(saving)
    saving.text("name", name)
    if not isinstance(group, Unset):
        saving.set("group", check.optional_text(group, "group", limit=NAME))
    if not isinstance(description, Unset):
        saving.set("description", check.optional_text(description, "description", limit=check.LINE))
    if not isinstance(position, Unset):
        saving.set("position", _position(saving, position))
    if not isinstance(status, Unset):
        saving.set("manual_status", saving.given("status", status))
    if saving.archive(archived):
        await _refuse_claimed(session, saving.row)
    await saving.write()
    saving.record(actor)
    await refresh_components(session, actor, [saving.row.id])
    return saving.row


def _fill_in(saving: Saving[Component]) -> None:
    """What a new component is without being told: the same as the columns' defaults, which come too late here."""
    saving.row.position = 0
    saving.row.manual_status = saving.row.status = ComponentStatus.OPERATIONAL


def _position(saving: Saving[Component], position: int | None) -> int | Unset:
    place = saving.given("position", position)
    if not isinstance(place, Unset) and not 0 <= place <= MAX_POSITION:
        raise invalid("position", f"{place} is out of range.", f"Send a number from 0 to {MAX_POSITION}; 0 is on top.")
    return place


async def _refuse_claimed(session: AsyncSession, component: Component) -> None:
    claim = select(ComponentClaim.incident_id).where(ComponentClaim.component_id == component.id)
    incident_id = await session.scalar(claim.order_by(ComponentClaim.incident_id))
    if incident_id is not None:
        raise conflict(
            f"Customers are being told about {component.name} in INC-{incident_id}.",
            field="archived",
            hint="Publish the final update of that incident first.",
        )
    work = (
        select(MaintenanceComponent.maintenance_id)
        .join(Maintenance, Maintenance.id == MaintenanceComponent.maintenance_id)
        .where(MaintenanceComponent.component_id == component.id, text(PENDING_SQL))
    )
    maintenance_id = await session.scalar(work.order_by(Maintenance.id))
    if maintenance_id is not None:
        raise conflict(
            f"Work on {component.name} is planned in {MAINTENANCE_PREFIX}{maintenance_id}.",
            field="archived",
            hint="Complete or cancel that maintenance first, or take the component out of it.",
        )
