"""Where the words of a thing stand, and how they go from there. Whoever calls has locked the incident or the work."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.erasing.learned import erase_in_postmortem
from actions.maintenance.plan import touch
from actions.record import now, record
from auth.actor import Actor
from core.errors import conflict
from core.journal import PendingEvent
from models.chat import ChatMessage
from models.event import Event, EventText
from models.facts.base import ERASED
from models.facts.erasing import TextErased
from models.incident import Incident
from models.maintenance import Maintenance, MaintenanceUpdate, MaintenanceUpdateRevision
from models.public_postmortem import PublicPostmortem
from models.update import Update, UpdateRevision

AROUND = timedelta(minutes=1)
"""Within which a transaction asks for the time more than once."""
OF_WORK = tuple(
    f"maintenance.{what}" for what in ("update_published", "update_edited", "started", "completed", "cancelled")
)
"""Events that have the words of an update of planned work."""

ERASE = select(
    func.erase_texts(
        bindparam("events", type_=ARRAY(BigInteger)),
        bindparam("owner", type_=BigInteger),
        bindparam("updates", type_=ARRAY(BigInteger)),
        bindparam("instead", type_=Text),
    )
)
"""The one way by which a text of the event log can go (migrations, v0018)."""


async def erase_update(
    session: AsyncSession, actor: Actor, found: Update, incident: Incident, reason: str
) -> PendingEvent:
    """An update of an incident, its earlier wordings included, which customers see no more."""
    of_it = UpdateRevision.update_id == found.id
    revisions = list(await session.scalars(select(UpdateRevision).where(of_it)))
    words = [found.body, *(each.body for each in revisions)]
    _refuse_again(words)
    for each in revisions:
        each.body, each.hidden_at = ERASED, each.hidden_at or now(session)
    found.body, found.edited_at = ERASED, now(session)
    kinds = ("update.published", "update.edited")
    events = await _events(session, incident.id, kinds, "update_id", found.id)
    await _erase(session, events, incident.id, [found.id])
    await erase_in_postmortem(session, incident, events, words)
    fact = TextErased(reason=reason, event_ids=events, update_id=found.id, audience=found.audience)
    return record(session, actor, fact, incident=incident)


async def erase_entry(
    session: AsyncSession, actor: Actor, found: Event, incident: Incident, reason: str
) -> PendingEvent:
    """An entry of a timeline, and the message of a chat that it was made of."""
    words = await _text(session, found.id)
    await _erase(session, [found.id], incident.id, ())
    message = found.data.get("chat_message_id")
    if message is not None:
        emptied = {"body": "", "files": [], "deleted_at": now(session)}
        await session.execute(update(ChatMessage).where(ChatMessage.id == message).values(emptied))
    await erase_in_postmortem(session, incident, [found.id], [words])
    fact = TextErased(reason=reason, event_ids=[found.id], number=found.number)
    return record(session, actor, fact, incident=incident)


async def erase_words(
    session: AsyncSession, actor: Actor, found: Event, incident: Incident | None, reason: str
) -> PendingEvent:
    """What a person wrote as part of an event: a reason, or a note."""
    words = await _text(session, found.id)
    await _erase(session, [found.id], incident.id if incident is not None else None, ())
    if incident is not None:
        await erase_in_postmortem(session, incident, [found.id], [words])
    fact = TextErased(reason=reason, event_ids=[found.id], number=found.number)
    return record(session, actor, fact, incident=incident, visibility=found.visibility)


async def erase_public_postmortem(
    session: AsyncSession, actor: Actor, found: Event, incident: Incident, reason: str
) -> PendingEvent:
    """What customers were told was learned, in every wording; a withdrawn one stays withdrawn."""
    await _text(session, found.id)
    key = found.data["public_postmortem_id"]
    row = await session.get_one(PublicPostmortem, key, populate_existing=True)
    kinds = ("public_postmortem.published", "public_postmortem.edited")
    events = await _events(session, incident.id, kinds, "public_postmortem_id", key)
    if row.withdrawn_at is None:
        row.body, row.edited_at = ERASED, now(session)
        row.version += 1
    await _erase(session, events, incident.id, ())
    fact = TextErased(reason=reason, event_ids=events, public_postmortem_id=key)
    return record(session, actor, fact, incident=incident)


async def erase_maintenance_update(
    session: AsyncSession, actor: Actor, found: MaintenanceUpdate, maintenance: Maintenance, reason: str
) -> PendingEvent:
    """An update of planned work, its earlier wordings included."""
    of_it = MaintenanceUpdateRevision.update_id == found.id
    revisions = list(await session.scalars(select(MaintenanceUpdateRevision).where(of_it)))
    _refuse_again([found.body, *(each.body for each in revisions)])
    written = select(Event.id, Event.data).where(
        Event.incident_id.is_(None),
        Event.recorded_at >= found.published_at - AROUND,
        Event.kind.in_(OF_WORK),
    )
    rows = await session.execute(written.order_by(Event.id))
    events = [key for key, data in rows if data.get("update_id") == found.id]
    for each in revisions:
        each.body = ERASED
    found.body, found.edited_at = ERASED, now(session)
    touch(maintenance, now(session))
    await _erase(session, events, None, ())
    fact = TextErased(reason=reason, event_ids=events, maintenance_id=maintenance.id, maintenance_update_id=found.id)
    return record(session, actor, fact)


async def _events(session: AsyncSession, incident_id: int, kinds: Sequence[str], name: str, key: int) -> list[int]:
    """The events of an incident in which a row's words stand, oldest first."""
    of_it = select(Event.id, Event.data).where(Event.incident_id == incident_id, Event.kind.in_(kinds))
    return [found for found, data in await session.execute(of_it.order_by(Event.id)) if data.get(name) == key]


async def _text(session: AsyncSession, event_id: int) -> str:
    """The words of an event. CONFLICT if they were erased before."""
    words = await session.scalar(select(EventText.body).where(EventText.event_id == event_id))
    if words is None:
        raise _erased_before()
    return words


def _refuse_again(words: Collection[str]) -> None:
    if all(each == ERASED for each in words):
        raise _erased_before()


def _erased_before() -> Exception:
    return conflict("This text was erased before.", hint="Nothing of it is left here.")


async def _erase(session: AsyncSession, events: Sequence[int], owner: int | None, updates: Sequence[int]) -> None:
    """Take the texts of events from the log, and the words of updates from the past of an incident's rows."""
    await session.flush()
    given = {"events": list(events), "owner": owner, "updates": list(updates), "instead": ERASED}
    await session.execute(ERASE, given)
