"""Erasing words that should never have been written, such as a password that was published: by admins, for good.

What erases is on the record: who, when, of what and why. The words are gone from every row that held them; the events
that they were part of stay, with the digest of their text, so that the audit chain still verifies (DESIGN §7).
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.erasing.rows import (
    OF_WORK,
    erase_entry,
    erase_maintenance_update,
    erase_public_postmortem,
    erase_update,
    erase_words,
)
from actions.find import find_incident, incident_of_update
from actions.maintenance.find import find_update
from auth.actor import Actor
from auth.permission import Permission, require
from auth.visibility import visible_events
from core.errors import invalid, not_found
from core.ids import decode_as, encode
from core.journal import PendingEvent
from models.event import Event
from models.facts.base import has_words
from models.update import Update

OF_UPDATE = ("update.published", "update.edited")
OF_POSTMORTEM = ("public_postmortem.published", "public_postmortem.edited")


def erasable(kind: str) -> bool:
    """Whether the text of events of a kind can be erased, where they have one."""
    return kind in (*OF_UPDATE, *OF_POSTMORTEM, "entry.added", *OF_WORK) or has_words(kind)


async def erase_text(
    session: AsyncSession,
    actor: Actor,
    *,
    reason: str,
    update: str | None = None,
    maintenance_update: str | None = None,
    event: str | None = None,
) -> PendingEvent:
    """Erase the text of one thing, with every wording that it ever had; the event that says so.

    `event`: of an entry, one with a reason or a note, or of the publishing or editing of an update or of a postmortem
    for customers, which is then erased as a whole. INVALID_INPUT unless exactly one is named, and for other events;
    NOT_FOUND; CONFLICT for what was erased before. `reason` is read by all who see the incident: it must not repeat
    what is erased.
    """
    require(actor, Permission.ADMINISTER)
    why = check.text(reason, "reason", limit=check.LINE)
    if len([each for each in (update, maintenance_update, event) if each is not None]) != 1:
        hint = "Send update, maintenanceUpdate or event, and leave out the other two."
        raise invalid("update", "It must be said of what the text is to be erased, and of one thing at a time.", hint)
    if update is not None:
        return await _of_update(session, actor, update, why, "update")
    if maintenance_update is not None:
        found, maintenance = await find_update(session, maintenance_update, "maintenance_update")
        return await erase_maintenance_update(session, actor, found, maintenance, why)
    return await _of_event(session, actor, event or "", why)


async def _of_update(session: AsyncSession, actor: Actor, reference: str, why: str, field: str) -> PendingEvent:
    incident_id = await incident_of_update(session, actor, reference, field)
    incident = await find_incident(session, actor, str(incident_id), field=field)
    key = decode_as("Update", reference, field)
    return await erase_update(session, actor, await session.get_one(Update, key, populate_existing=True), incident, why)


async def _of_event(session: AsyncSession, actor: Actor, reference: str, why: str) -> PendingEvent:
    key = decode_as("Event", reference, "event")
    found = await session.scalar(select(Event).where(Event.id == key, visible_events(actor)))
    if found is None:
        raise not_found("event", "event", reference)
    if found.kind.startswith("maintenance.") and "update_id" in found.data:
        said, maintenance = await find_update(session, encode("MaintenanceUpdate", found.data["update_id"]))
        return await erase_maintenance_update(session, actor, said, maintenance, why)
    if found.incident_id is not None and found.kind in OF_UPDATE:
        return await _of_update(session, actor, encode("Update", found.data["update_id"]), why, "event")
    if found.incident_id is not None and (found.kind == "entry.added" or found.kind in OF_POSTMORTEM):
        incident = await find_incident(session, actor, str(found.incident_id), field="event")
        erase = erase_entry if found.kind == "entry.added" else erase_public_postmortem
        return await erase(session, actor, found, incident, why)
    if has_words(found.kind):
        own = found.incident_id
        of = await find_incident(session, actor, str(own), field="event") if own is not None else None
        return await erase_words(session, actor, found, of, why)
    raise invalid(
        "event",
        "The text of such an event can't be erased.",
        "Name an entry, an event with a reason or a note, or that of an update or a postmortem for customers.",
    )
