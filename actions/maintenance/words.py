"""What customers are told of a maintenance: publishing, rewording and taking back its updates."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.maintenance.find import find_maintenance, find_update, spoken
from actions.maintenance.plan import touch
from actions.maintenance.telling import announce
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.maintenance import (
    MaintenanceUpdateEdited,
    MaintenanceUpdatePublished,
    MaintenanceUpdateWithdrawn,
)
from models.maintenance import RUNNING, Maintenance, MaintenanceUpdate, MaintenanceUpdateRevision
from models.words import MaintenanceState


async def publish_maintenance_update(
    session: AsyncSession,
    actor: Actor,
    *,
    maintenance: str,
    body: str,
    status: MaintenanceState | None = None,
    notify: bool = True,
) -> MaintenanceUpdate:
    """Tell customers something of a maintenance: Markdown of at most 20,000 characters.

    `status` goes from IN_PROGRESS to VERIFYING and back, components stay under maintenance; every other step has its
    own mutation (CONFLICT). Without it, things stand as they do. Also one that is over can be spoken of.
    """
    require(actor, Permission.MAINTAIN)
    words = check.text(body, "body", limit=check.BODY)
    found = await find_maintenance(session, maintenance)
    if status is not None and status is not found.state:
        if not {status, found.state} <= RUNNING:
            raise conflict(
                f"An update can't make {found.reference}, which is {spoken(found.state)}, {spoken(status)}.",
                field="status",
                hint="Use startMaintenance, completeMaintenance or cancelMaintenance; they take words for an update.",
            )
        found.state = status
    touch(found, now(session))
    update = _update(session, actor, found, words)
    await session.flush()
    fact = MaintenanceUpdatePublished(maintenance_id=found.id, update_id=update.id, status=found.state, notify=notify)
    announce(session, actor, fact, text=words)
    return update


async def say(session: AsyncSession, actor: Actor, maintenance: Maintenance, words: str | None) -> int | None:
    """Publish words that go with a step, whose own event tells of them; the update's key, None without words."""
    if words is None:
        return None
    update = _update(session, actor, maintenance, words)
    await session.flush()
    return update.id


def _update(session: AsyncSession, actor: Actor, maintenance: Maintenance, words: str) -> MaintenanceUpdate:
    update = MaintenanceUpdate(
        maintenance_id=maintenance.id,
        status=maintenance.state,
        body=words,
        author_kind=actor.kind,
        author_id=actor.id,
        published_at=now(session),
    )
    session.add(update)
    return update


async def edit_maintenance_update(
    session: AsyncSession, actor: Actor, *, update: str, body: str, notify: bool = False
) -> MaintenanceUpdate:
    """Reword an update. What it said before is kept. CONFLICT if it was withdrawn."""
    require(actor, Permission.MAINTAIN)
    words = check.text(body, "body", limit=check.BODY)
    found, maintenance = await find_update(session, update)
    if found.withdrawn_at is not None:
        raise conflict("This update was withdrawn.", field="update", hint="Publish a new one.")
    if found.body == words:
        return found
    session.add(MaintenanceUpdateRevision(update_id=found.id, body=found.body, replaced_at=now(session)))
    found.body = words
    found.edited_at = now(session)
    touch(maintenance, now(session))
    fact = MaintenanceUpdateEdited(maintenance_id=maintenance.id, update_id=found.id, notify=notify)
    announce(session, actor, fact, text=words)
    return found


async def withdraw_maintenance_update(
    session: AsyncSession, actor: Actor, *, update: str, reason: str
) -> MaintenanceUpdate:
    """Take an update back: its words leave the status page and stay in the record. Again, it changes nothing."""
    require(actor, Permission.MAINTAIN)
    why = check.text(reason, "reason", limit=check.LINE)
    found, maintenance = await find_update(session, update)
    if found.withdrawn_at is not None:
        return found
    found.withdrawn_at = now(session)
    touch(maintenance, now(session))
    fact = MaintenanceUpdateWithdrawn(maintenance_id=maintenance.id, update_id=found.id, reason=why)
    announce(session, actor, fact)
    return found
