"""Planned work as it stands in the database, for tests of what the public page makes of it."""

from datetime import timedelta

from sqlalchemy import update

from actions.record import now
from models.maintenance import Maintenance, MaintenanceComponent, MaintenanceUpdate
from models.words import ActorKind, MaintenanceState


async def plan(session, key, *, components=(), starts_in=timedelta(days=1), hours=2, **columns):
    """Work from `starts_in` on, for `hours`."""
    moment = now(session)
    row = Maintenance(
        **{
            "id": key,
            "title": "Database upgrade",
            "body": "We move the *database*; orders pause for a minute.",
            "state": MaintenanceState.SCHEDULED,
            "starts_at": moment + starts_in,
            "ends_at": moment + starts_in + timedelta(hours=hours),
            "created_at": moment,
            "changed_at": moment,
            **columns,
        }
    )
    session.add(row)
    await session.flush()
    session.add_all(MaintenanceComponent(maintenance_id=key, component_id=each) for each in components)
    return row


async def change(session, key, **columns):
    """Columns of a work change, and its sequence rises."""
    given = {"changed_at": now(session), "sequence": Maintenance.sequence + 1, **columns}
    await session.execute(update(Maintenance).where(Maintenance.id == key).values(given))


async def say(session, key, status, body, **columns):
    """Customers are told of a work."""
    session.add(
        MaintenanceUpdate(
            maintenance_id=key,
            status=status,
            body=body,
            author_kind=ActorKind.SYSTEM,
            published_at=now(session),
            **columns,
        )
    )
    await session.execute(update(Maintenance).where(Maintenance.id == key).values(changed_at=now(session)))
