"""What is known to be a person's, table by table, and how it goes (models.personal.ERASED).

In two stretches, for the order of locks (docs/locks.md): what belongs to incidents and vendors before the person is
locked, for whoever holds such a row may wait for the person; what is the person's own, credentials above all, after it.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from actions.erasing.known import Known
from actions.erasing.rows import ERASE
from actions.postmortems.markup import paragraph
from actions.record import now
from actions.subscribers.erasure import ERASED as FORGOTTEN
from models.access import AccessToken, BrowserSession, DeviceAuthorization, SignInLink, UserIdentity
from models.chat import ChatMessage, ChatPerson
from models.delivery import Delivery
from models.event import Event, EventText
from models.facts.access import SignInRefused
from models.facts.base import ERASED
from models.integration import OutwardAction
from models.on_call import OnCallRoster
from models.paging.contact import ContactMethod, PagingPreference
from models.paging.run import Page, PageAttempt
from models.person import User
from models.personal import placeholder, placeholder_address
from models.postmortem import PostmortemSection, Statement
from models.saved_filter import SavedFilter
from models.schedule.table import CalendarLink
from models.subscriber import Subscriber, SubscriberComponent, SubscriberDelivery
from models.words import ActorKind, DeliveryState

GONE = "The person was erased."
LONGEST = "60s"
"""What one statement of it may take: ledgers and chats are read through, for they have no index by person."""
ORIGINS = select(
    func.erase_origins(bindparam("person", type_=BigInteger), bindparam("events", type_=ARRAY(BigInteger)))
)
"""The one way by which it can go where an event came from (migrations, v0050)."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many of something were erased. `beside`: they hang on incidents, of which some may be hidden."""

    what: str
    count: int
    beside: bool = False


async def erase_around(session: AsyncSession, known: Known) -> list[Erased]:
    """What hangs on incidents and vendors: names in chats, addresses in ledgers, names that we wrote ourselves."""
    accounts, messages = await erase_accounts(session, known.key)
    written = await _postmortems(session, known)
    sent = await erase_deliveries(session, known.key, known.email)
    return [
        Erased("accounts in chats", accounts),
        Erased("messages in chats", messages, beside=True),
        Erased("addresses of mails", sent, beside=True),
        Erased("names in generated postmortems", written, beside=True),
        Erased("people that pagers named", await _rosters(session, known)),
        Erased("subscriptions of the status page", await _subscriptions(session, known)),
    ]  # fmt: skip


async def erase_deliveries(session: AsyncSession, key: int, email: str | None = None) -> int:
    """The addresses of mails to a person, or to an address; none of them goes out any more. How many there were."""
    theirs = Delivery.user_id == key
    waiting = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.UNKNOWN))
    instead = func.concat("erased:", Delivery.id)
    return await _changed(
        session,
        update(Delivery)
        .where(theirs if email is None else or_(theirs, func.lower(Delivery.to) == email.lower()))
        .where(Delivery.to != instead)
        .values(
            to=instead,
            state=case((waiting, DeliveryState.SUPPRESSED), else_=Delivery.state),
            error=None,
            suppressed_because=case((waiting, GONE)),
        ),
        Delivery.id,
    )


async def hold_credentials(session: AsyncSession, key: int) -> None:
    """Lock what is going to be ended, then erased, in the order in which whoever ends it does (actions.sessions).

    Tokens are not deleted but emptied: whoever asks by one has it locked against that while others end theirs.
    """
    for model in (BrowserSession, AccessToken, SignInLink, DeviceAuthorization):
        own = select(model.id).where(model.user_id == key).order_by(model.id)
        await session.execute(own.with_for_update(key_share=model is AccessToken))


async def erase_own(session: AsyncSession, known: Known) -> list[Erased]:
    """What is theirs alone, and what tells of them by name. The person is locked, and their access has ended."""
    tickets = update(OutwardAction).where(func.lower(OutwardAction.ticket_assignee) == known.name.lower())
    assigned = await _changed(session, tickets.values(ticket_assignee=None), OutwardAction.id)
    refused = await _refusals(session, known)
    return [
        Erased("assignees of tickets", assigned, beside=True),
        Erased("reasons why sign-ins were refused", len(refused)),
        *await erase_owned(session, known.key, refused),
    ]


async def erase_owned(session: AsyncSession, person: int, events: list[int]) -> list[Erased]:
    """What is theirs by their key, and where they, and these other events of theirs, came from."""
    owned: list[tuple[str, type[Any], ColumnElement[bool]]] = [
        ("browser sessions", BrowserSession, BrowserSession.user_id == person),
        ("sign-in links", SignInLink, SignInLink.user_id == person),
        ("devices", DeviceAuthorization, DeviceAuthorization.user_id == person),
        ("identities of providers", UserIdentity, UserIdentity.user_id == person),
        ("calendar links", CalendarLink, CalendarLink.user_id == person),
        ("notification rules", PagingPreference, PagingPreference.user_id == person),
        ("saved filters", SavedFilter, (SavedFilter.owner_kind == ActorKind.USER) & (SavedFilter.owner_id == person)),
    ]
    found = []
    for what, model, mine in owned:
        key = next(iter(model.__table__.primary_key))
        found.append(Erased(what, await _changed(session, delete(model).where(mine), key)))
    blank = {"name": "", "hint": None, "scopes": None, "networks": None, "documents": None, "last_used_address": None}
    tokens = update(AccessToken).where(AccessToken.user_id == person).values(blank)
    found.append(Erased("tokens", await _changed(session, tokens, AccessToken.id)))
    empty = {"label": "", "ending": "", "sealed_address": None, "sealed_code": None, "code_expires_at": None}
    methods = (
        update(ContactMethod)
        .where(ContactMethod.user_id == person)
        .values(**empty, error=None, archived_at=func.coalesce(ContactMethod.archived_at, now(session)))
    )
    found.append(Erased("ways to be paged", await _changed(session, methods, ContactMethod.id)))
    theirs = select(Page.id).where(Page.user_id == person)
    attempts = update(PageAttempt).where(PageAttempt.page_id.in_(theirs)).values(error=None, external_id=None)
    found.append(Erased("what vendors said of pages", await _changed(session, attempts, PageAttempt.id), beside=True))
    origins = await session.scalar(ORIGINS, {"person": person, "events": events})
    return [*found, Erased("addresses in the audit trail", origins or 0, beside=True)]


def erase_user(session: AsyncSession, user: User) -> None:
    """What the row of a locked person itself holds."""
    moment = now(session)
    user.name, user.email = placeholder(user.id), placeholder_address(user.id)
    user.given_name = user.family_name = user.external_id = None
    user.archived_at = user.archived_at or moment
    user.struck_at = user.changed_at = user.erased_at = moment


async def erase_accounts(session: AsyncSession, person: int) -> tuple[int, int]:
    """Accounts in chats, under names that tell nothing, and the messages that they wrote or are mentioned in."""
    people = select(ChatPerson).where(
        ChatPerson.user_id == person, ChatPerson.external_id != func.concat("erased-", ChatPerson.id)
    )
    rows = list(await session.scalars(people.order_by(ChatPerson.id).with_for_update()))
    messages = 0
    for row in rows:
        old, new = row.external_id, f"erased-{row.id}"
        wrote, mentioned = ChatMessage.author == old, ChatMessage.body.contains(f"<@{old}>", autoescape=True)
        changed = (
            update(ChatMessage)
            .where(ChatMessage.integration_id == row.integration_id, wrote | mentioned)
            .values(
                author=case((wrote, new), else_=ChatMessage.author),
                body=func.replace(ChatMessage.body, f"<@{old}>", f"<@{new}>"),
            )
        )
        messages += await _changed(session, changed, ChatMessage.id)
        row.external_id, row.name = new, placeholder(person)
    await session.flush()
    return len(rows), messages


async def _postmortems(session: AsyncSession, known: Known) -> int:
    """What they are called in what Muster wrote itself. What people made of it is theirs, and reported."""
    own, text = PostmortemSection.generated, Statement.text
    texts = update(Statement).where(Statement.generated, text != nameless(text, known))
    sections = update(PostmortemSection).where(own != nameless(own, known))
    bumped = {"generated": nameless(own, known), "version": PostmortemSection.version + 1}
    changed = await _changed(session, sections.values(bumped), PostmortemSection.id)
    return changed + await _changed(session, texts.values(text=nameless(text, known)), Statement.id)


def nameless(column: Any, known: Known) -> Any:
    """A text of Markdown with a placeholder for a person's name, address and numbers, in any case.

    What is one word of letters counts only as it is spelt: whoever is called Will is not what will be done.
    """
    words = {each for each in (known.name, *known.spelt) if each.isalpha()}
    others = {each for each in (known.name, *known.terms) if not each.isalpha()}
    for found, flags in ((others, "gi"), (words, "g")):
        spelt = {way(each) for each in found for way in (str, paragraph)}
        either = "|".join(re.escape(each) for each in sorted(spelt, key=lambda each: (-len(each), each)))
        if either:
            column = func.regexp_replace(column, rf"(?<!\w)({either})(?!\w)", placeholder(known.key), flags)
    return column


def unmentioned(column: Any, known: Known) -> Any:
    """A message of a chat without the mentions of a person."""
    for each in known.accounts:
        column = func.replace(column, f"<@{each}>", "")
    return column


async def _rosters(session: AsyncSession, known: Known) -> int:
    """Whom pagers named as on call, until they are asked again."""
    gone = 0
    order = select(OnCallRoster).order_by(OnCallRoster.integration_id).with_for_update()
    for row in await session.scalars(order):
        kept = [each for each in row.people if not _is(known, each)]
        gone += len(row.people) - len(kept)
        if len(kept) < len(row.people):
            row.people = kept
    await session.flush()
    return gone


def _is(known: Known, listed: dict[str, Any]) -> bool:
    address = (listed.get("email") or "").lower()
    return address == known.email.lower() or (not address and listed.get("name") == known.name)


async def _subscriptions(session: AsyncSession, known: Known) -> int:
    """Those of their address; they end as if they had left long ago."""
    mine = select(Subscriber.id).where(func.lower(Subscriber.email) == known.email.lower()).order_by(Subscriber.id)
    keys = list(await session.scalars(mine.with_for_update()))
    if keys:
        gone = {**FORGOTTEN, "disabled_because": None, "unsubscribed_at": now(session)}
        await session.execute(delete(SubscriberComponent).where(SubscriberComponent.subscriber_id.in_(keys)))
        await session.execute(update(Subscriber).where(Subscriber.id.in_(keys)).values(gone))
        told = update(SubscriberDelivery).where(SubscriberDelivery.subscriber_id.in_(keys))
        await session.execute(told.values(error=None))
    return len(keys)


async def _refusals(session: AsyncSession, known: Known) -> list[int]:
    """The events of sign-ins that were refused, where the text that tells admins why names them: without it now."""
    kind = Event.kind == SignInRefused.kind
    refused = select(Event.id).where(kind, Event.origin_digest.is_not(None)).order_by(Event.id)
    there = list(await session.scalars(refused))
    named = or_(*(EventText.body.ilike(each) for each in known.patterns()))
    of_them = EventText.event_id == any_(literal(there, ARRAY(BigInteger)))
    keys = list(await session.scalars(select(EventText.event_id).where(of_them, named).order_by(EventText.event_id)))
    if keys:
        await session.execute(ERASE, {"events": keys, "owner": None, "updates": [], "instead": ERASED})
    return keys


async def _changed(session: AsyncSession, statement: Any, key: Any) -> int:
    """How many rows a statement in bulk changed."""
    return len((await session.execute(statement.returning(key).execution_options(synchronize_session=False))).all())
