"""The steps of a maintenance: it begins, it is over, it is called off. By hand here, on time in `sweep`."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.components import refresh_components
from actions.maintenance.find import find_maintenance, refuse_over, spoken
from actions.maintenance.plan import components_of, set_timers, touch
from actions.maintenance.telling import announce
from actions.maintenance.words import say
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.maintenance import MaintenanceCancelled, MaintenanceCompleted, MaintenanceStarted
from models.maintenance import Maintenance
from models.words import MaintenanceState


async def start_maintenance(
    session: AsyncSession, actor: Actor, *, maintenance: str, body: str | None = None
) -> Maintenance:
    """Begin, before its time or at it: its components are under maintenance from now on. `body`: an update with it.

    CONFLICT unless it is SCHEDULED, or if its whole time has passed.
    """
    require(actor, Permission.MAINTAIN)
    words = check.optional_text(body, "body", limit=check.BODY)
    found = await find_maintenance(session, maintenance)
    if found.state is not MaintenanceState.SCHEDULED:
        raise conflict(
            f"{found.reference} is {spoken(found.state)}.", field="maintenance", hint="It can't begin again."
        )
    if found.ends_at <= now(session):
        raise conflict(
            f"{found.reference} was to be over at {found.ends_at.isoformat()}.",
            field="maintenance",
            hint="Move it with editMaintenance first, or cancel it and schedule another.",
        )
    begin(found, now(session))
    update_id = await say(session, actor, found, words)
    fact = MaintenanceStarted(maintenance_id=found.id, update_id=update_id, notify=found.notify)
    announce(session, actor, fact, text=words)
    await show(session, actor, [found])
    return found


async def complete_maintenance(
    session: AsyncSession, actor: Actor, *, maintenance: str, body: str | None = None
) -> Maintenance:
    """Say that it is over: its components are as everything else says again. CONFLICT unless it is under way."""
    require(actor, Permission.MAINTAIN)
    words = check.optional_text(body, "body", limit=check.BODY)
    found = await find_maintenance(session, maintenance)
    if not found.running:
        hint = "Start it first, or cancel it." if found.pending else "It can't end twice."
        raise conflict(f"{found.reference} is {spoken(found.state)}.", field="maintenance", hint=hint)
    end(found, now(session))
    update_id = await say(session, actor, found, words)
    fact = MaintenanceCompleted(maintenance_id=found.id, update_id=update_id, notify=found.notify)
    announce(session, actor, fact, text=words)
    await show(session, actor, [found])
    return found


async def cancel_maintenance(
    session: AsyncSession, actor: Actor, *, maintenance: str, body: str | None = None
) -> Maintenance:
    """Call it off, or break it off while it is under way. Again, it changes nothing; CONFLICT if it is over."""
    require(actor, Permission.MAINTAIN)
    words = check.optional_text(body, "body", limit=check.BODY)
    found = await find_maintenance(session, maintenance)
    if found.state is MaintenanceState.CANCELLED:
        return found
    refuse_over(found)
    was_running = found.running
    call_off(found, now(session))
    update_id = await say(session, actor, found, words)
    fact = MaintenanceCancelled(
        maintenance_id=found.id, update_id=update_id, series_id=found.series_id, notify=found.notify
    )
    announce(session, actor, fact, text=words)
    if was_running:
        await show(session, actor, [found])
    return found


def begin(maintenance: Maintenance, moment: datetime) -> None:
    """Note that a maintenance began at a moment."""
    maintenance.state = MaintenanceState.IN_PROGRESS
    maintenance.started_at = moment
    touch(maintenance, moment)
    set_timers(maintenance, moment)


def end(maintenance: Maintenance, moment: datetime) -> None:
    """Note that it was over at a moment."""
    maintenance.state = MaintenanceState.COMPLETED
    maintenance.ended_at = max(moment, maintenance.started_at or moment)
    touch(maintenance, moment)
    set_timers(maintenance, moment)


def call_off(maintenance: Maintenance, moment: datetime) -> None:
    """Note that it does not take place (any more)."""
    if maintenance.running:
        maintenance.ended_at = moment
    maintenance.state = MaintenanceState.CANCELLED
    maintenance.cancelled_at = moment
    touch(maintenance, moment)
    set_timers(maintenance, moment)


async def show(
    session: AsyncSession, actor: Actor, changed: list[Maintenance], moments: Mapping[int, datetime] | None = None
) -> None:
    """Let the components of maintenances be what follows from these changes; `moments`: since when, by maintenance."""
    await session.flush()
    components = await components_of(session, [each.id for each in changed])
    since: dict[int, datetime] = {}
    for each in changed:
        for key in components[each.id]:
            since[key] = min(since.get(key, now(session)), (moments or {}).get(each.id, now(session)))
    await refresh_components(session, actor, list(since), moments=since)
