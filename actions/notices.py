"""Which events are told by mail, to whom, and when one of those mails must not go out after all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, false, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.deliveries import SETTLED, claim, locked, suppress
from actions.items import told
from actions.paging.beside import paged_with, pages_by_policy
from actions.recipients import Who, admitted, called, involved, present, responsible
from actions.record import enqueue, now
from actions.schedules.telling import TEMPLATES, told_of_schedule
from auth.actor import SYSTEM
from auth.visibility import visible_action_items, visible_to
from core.journal import PendingEvent
from models.delivery import TRIAL, Delivery
from models.event import Event
from models.facts.settings import MailTested
from models.incident import Incident
from models.job import JobName
from models.person import User
from models.postmortem import FINISHED, ActionItem
from models.role import COMMANDER, COMMUNICATIONS_LEAD
from models.update import Update
from models.words import ActorKind, DeliveryState, IncidentKind, ItemReminder, PagingScope, Stage

MAIL = "mail"
REVIEW_ASKED, REVIEWED = "postmortem.review_requested", "postmortem.reviewed"
TODAY = frozenset({REVIEW_ASKED, REVIEWED})
"""What people ask of each other today, also of an incident that was written down after the fact."""

Data = Mapping[str, Any]
Choose = Callable[[AsyncSession, Incident, Data], Awaitable[Who]]
ChooseForItem = Callable[[AsyncSession, ActionItem, Incident | None], Awaitable[Who]]


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that an event may cause: its template, who gets it, and whether this event causes it at all."""

    template: str
    choose: Choose
    applies: Callable[[Data], bool] = lambda _: True
    to_actor: bool = False
    """Whether whoever did it is told too. People know what they did; timers are nobody."""


async def _called(session: AsyncSession, incident: Incident, data: Data) -> Who:
    return await called(session, incident, PagingScope(data["obligations"]["pages"]))


async def _called_or_involved(session: AsyncSession, incident: Incident, data: Data) -> Who:
    return or_(await _called(session, incident, data), involved(incident))


async def _holder(_: AsyncSession, __: Incident, data: Data) -> Who:
    return User.id == int(data["user_id"])


async def _involved(_: AsyncSession, incident: Incident, __: Data) -> Who:
    return involved(incident)


async def _asked(_: AsyncSession, __: Incident, data: Data) -> Who:
    return User.id.in_(data["user_ids"])


async def _requester(session: AsyncSession, incident: Incident, _: Data) -> Who:
    """Who asked for reviews last."""
    asked = (Event.incident_id == incident.id, Event.kind == REVIEW_ASKED, Event.actor_kind == ActorKind.USER)
    last = await session.scalar(select(Event.actor_id).where(*asked).order_by(Event.id.desc()).limit(1))
    return User.id == last


def _responsible(role_key: str) -> Choose:
    async def choose(session: AsyncSession, incident: Incident, _: Data) -> Who:
        return await responsible(session, incident, role_key)

    return choose


def _asked_for(data: Data) -> bool:
    return bool(data.get("notify"))


NOTICES: dict[str, Notice] = {
    "incident.declared": Notice("declared", _called),
    "incident.severity_changed": Notice("severity_raised", _called_or_involved, applies=lambda data: data["raised"]),
    "incident.stage_changed": Notice("resolved", _involved, applies=lambda data: data["to_stage"] == Stage.RESOLUTION),
    "role.assigned": Notice("role_given", _holder),
    "update.published": Notice("update_published", _involved, applies=_asked_for),
    "update.edited": Notice("update_edited", _involved, applies=_asked_for),
    "reminder.roles_unfilled": Notice("roles_unfilled", _responsible(COMMANDER), to_actor=True),
    "reminder.update_overdue": Notice("update_overdue", _responsible(COMMUNICATIONS_LEAD), to_actor=True),
    REVIEW_ASKED: Notice("review_asked", _asked),
    REVIEWED: Notice("review_decided", _requester),
    "postmortem.reminded": Notice("postmortem_due", _responsible(COMMANDER), to_actor=True),
    "reminder.final_update_owed": Notice("final_update_owed", _responsible(COMMUNICATIONS_LEAD), to_actor=True),
}
"""By event kind. A BACKFILLED incident tells nobody what happened then; a DRILL tells the same people as a real one,
marked."""


CALLS: dict[str, Callable[[Incident], Who]] = {
    "incident.declared": lambda _: false(),
    "incident.severity_changed": involved,
}
"""What calls people to an incident, and who is told of it besides where policies page who is on call."""

ITEM_NOTICES: dict[str, tuple[str, ChooseForItem]] = {
    "action_item.reminded": ("item_due", told.reminded),
    "action_item.escalated": ("item_escalated", told.escalated),
}
"""Mails about action items, which may be of no incident: template and who gets it. What is owed is owed today, also of
an incident that was written down after the fact."""


async def notify_of(session: AsyncSession, event_id: int) -> int:
    """Queue one mail to each person who is to be told of an event; how many are new. Doing it again adds none."""
    event = await session.get_one(Event, event_id)
    incident = await _incident_of(session, event)
    if event.kind in ITEM_NOTICES:
        template, statement = ITEM_NOTICES[event.kind][0], await _told_of_item(session, event, incident)
    elif incident is not None and event.kind in NOTICES:
        template, statement = NOTICES[event.kind].template, await told_of(session, event, incident)
    elif event.kind in TEMPLATES:
        template, statement = TEMPLATES[event.kind], await told_of_schedule(session, event)
    elif event.kind == MailTested.kind:
        template = TRIAL
        statement = select(User.id, User.email).where(User.id == event.data["user_id"], present())
    else:
        return 0
    if statement is None:
        return 0
    rows = [
        {
            "event_id": event.id,
            "incident_id": event.incident_id,
            "channel": MAIL,
            "template": template,
            "to": person.email,
            "user_id": person.id,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "created_at": now(session),
        }
        for person in await session.execute(statement)
    ]
    if not rows:
        return 0
    written = await session.scalars(insert(Delivery).on_conflict_do_nothing().returning(Delivery.id), rows)
    new = list(written)
    for key in new:
        enqueue(session, JobName.MAIL_SEND, delivery_id=key)
    return len(new)


async def told_of(session: AsyncSession, event: Event | PendingEvent, incident: Incident) -> Select[int, str] | None:
    """The people who are to be told of an event of an incident, as id and address; None if nobody is."""
    notice = NOTICES.get(event.kind)
    if notice is None or not notice.applies(event.data):
        return None
    if incident.kind is IncidentKind.BACKFILLED and event.kind not in TODAY:
        return None
    chosen = await notice.choose(session, incident, event.data)
    if event.kind in CALLS and await pages_by_policy(session, incident):
        on_call = PagingScope(event.data["obligations"]["pages"]) is PagingScope.ON_CALL
        chosen = (CALLS[event.kind](incident) if on_call else chosen) & ~paged_with(incident, event.recorded_at)
    statement = select(User.id, User.email).where(chosen, present(), admitted(incident)).order_by(User.id)
    if event.actor_kind == ActorKind.USER and not notice.to_actor:
        statement = statement.where(User.id != event.actor_id)
    return statement


async def _told_of_item(session: AsyncSession, event: Event, incident: Incident | None) -> Select[int, str] | None:
    item = await _item_of(session, event)
    if item is None:
        return None
    chosen = await ITEM_NOTICES[event.kind][1](session, item, incident)
    return select(User.id, User.email).where(chosen, present(), told.in_sight(incident)).order_by(User.id)


async def claim_mail(session: AsyncSession, delivery_id: int) -> Delivery | None:
    """Begin an attempt to send a mail; None if it is settled, or must not go out any more (then the row says why)."""
    delivery = await locked(session, delivery_id)
    if delivery.state in SETTLED:
        return None
    reason = await _reason_to_hold_back(session, delivery)
    if reason is not None:
        suppress(delivery, reason)
        return None
    claim(session, delivery)
    return delivery


async def _incident_of(session: AsyncSession, event: Event) -> Incident | None:
    found = await session.scalars(select(Incident).where(Incident.id == event.incident_id, visible_to(SYSTEM)))
    return found.one_or_none()


async def _item_of(session: AsyncSession, event: Event) -> ActionItem | None:
    key = event.data.get("action_item_id")
    found = await session.scalars(select(ActionItem).where(ActionItem.id == key, visible_action_items(SYSTEM)))
    return found.one_or_none()


async def _reason_to_hold_back(session: AsyncSession, delivery: Delivery) -> str | None:
    """Why a mail that was right when it was queued is wrong now."""
    event = await session.get_one(Event, delivery.event_id)
    incident = await _incident_of(session, event)
    person = User.id == delivery.user_id
    if not await session.scalar(select(exists(select(User.id).where(person, present())))):
        return "The person is archived."
    if incident and not await session.scalar(select(exists(select(User.id).where(person, admitted(incident))))):
        return "The incident became private, and this person is not a member."
    if event.kind in ITEM_NOTICES:
        return _reason_of_item(event, await _item_of(session, event))
    update_id = event.data.get("update_id")
    if update_id is not None:
        withdrawn = await session.scalar(select(Update.withdrawn_at).where(Update.id == update_id))
        if withdrawn is not None:
            return "The update was withdrawn."
    return None


def _reason_of_item(event: Event, item: ActionItem | None) -> str | None:
    if item is None or item.state in FINISHED:
        return "The action item is finished."
    if event.data.get("reminder") == ItemReminder.UNASSIGNED and item.assignee_id is not None:
        return "The action item is somebody's by now."
    return None
