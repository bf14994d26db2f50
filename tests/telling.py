"""Shorthand for tests about updates and the status page: incidents as they stand, and updates on them."""

from sqlalchemy import select

from actions.record import now
from actions.update_parts import ClaimInput
from actions.updates import publish_update
from core import ids
from models.incident import Incident
from models.service import Component, ComponentClaim
from models.severity import Severity, SeverityVersion
from models.update import Update
from models.words import ActorKind, Audience, IncidentKind, PublicStatus, Stage, Visibility


async def make_incident(session, key, *, severity=None, **columns):
    """An incident row in RESPONSE, real and visible to all, unless told otherwise. `severity`: a seeded name."""
    moment = now(session)
    version = None
    if severity:
        version = await session.scalar(
            select(SeverityVersion.id)
            .join(Severity, Severity.current_version_id == SeverityVersion.id)
            .where(SeverityVersion.name == severity)
        )
    row = Incident(
        **{
            "id": key,
            "title": "Internal: db-7 melted, customer Acme furious",
            "stage": Stage.RESPONSE,
            "kind": IncidentKind.REAL,
            "visibility": Visibility.ORGANISATION,
            "severity_version_id": version,
            "reported_by_kind": ActorKind.SYSTEM,
            "created_at": moment,
            "detected_at": moment,
            **columns,
        }
    )
    session.add(row)
    return row


async def tell(world, key, status=PublicStatus.INVESTIGATING, body="We are looking into it.", claims=(), **inputs):
    """A public update by Ben on INC-key. `claims`: (component, status) by the names of `world.components`."""
    return await world.do(
        publish_update,
        world.ben,
        incident=f"INC-{key}",
        audience=Audience.PUBLIC,
        status=status,
        body=body,
        components=[ClaimInput(component_id(world, name), state) for name, state in claims],
        **inputs,
    )


def component_id(world, name):
    return ids.encode("Component", world.components[name].id)


def update_id(update):
    return ids.encode("Update", update.id)


async def status_of(world, name):
    async with world.database.reading() as reader:
        return await reader.scalar(select(Component.status).where(Component.id == world.components[name].id))


async def claims_on(world, key):
    statement = select(ComponentClaim.component_id, ComponentClaim.status).where(ComponentClaim.incident_id == key)
    names = {component.id: name for name, component in world.components.items()}
    async with world.database.reading() as reader:
        return {names[component_id]: status for component_id, status in await reader.execute(statement)}


async def updates_on(world, key):
    async with world.database.reading() as reader:
        return await reader.rows(Update, select(Update).where(Update.incident_id == key).order_by(Update.id))
