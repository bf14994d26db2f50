"""Ways to reach people, shown to work by a code. Each keeps their own."""

import re
import secrets
from datetime import timedelta
from hmac import compare_digest

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import enqueue, keys, now, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from models.integration import Integration
from models.job import JobName
from models.paging.contact import ContactMethod
from models.paging.words import PageWay
from models.person import User, is_email

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164: a plus, the country's code, and at most 15 digits."""
SERVICE = re.compile(r"[a-z]{2,20}://[^\s/]\S*")
"""How addresses of Apprise begin; which services it may send to, the job knows that sends the code."""
HINTS = {
    PageWay.SMS: "Send a number with its country's code, as +15550100.",
    PageWay.PUSH: "Send the topic that your phone is subscribed to: letters, digits, - and _, at most 64.",
    PageWay.MAIL: "Send an e-mail address.",
    PageWay.APPRISE: "Send an address as Apprise writes it, such as tgram://bottoken/ChatID (appriseit.com/services).",
    PageWay.SLACK: "Your account needs the e-mail address that you have in Slack.",
}
TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
LABEL, ADDRESS, ENDING = 60, 500, 4
MOST = 10
CODE_FOR = timedelta(minutes=15)
CODE, LETTERS = 8, "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Nobody guesses eight of these within the time, however often they may try."""
PAUSE = timedelta(seconds=30)
"""Between two messages to one address."""
VENDOR_OF = {PageWay.SMS: "twilio", PageWay.PUSH: "ntfy", PageWay.SLACK: "slack"}
"""The vendor that carries a way; mail and Apprise need none."""


def person_of(actor: Actor) -> int:
    """The person who acts and may respond. CONFLICT for a script: it is never paged."""
    require(actor, Permission.RESPOND)
    if actor.user_id is None:
        raise conflict("Only people are paged.", hint="Sign in as a person.")
    return actor.user_id


async def save_contact_method(
    session: AsyncSession, actor: Actor, *, way: PageWay, label: str | None = None, address: str | None = None
) -> ContactMethod:
    """Add a way to be reached, and have a code sent there; until that is entered nobody is paged by it.

    `address`: a number as +15550100 (SMS), a topic (PUSH), an address as Apprise writes it (APPRISE), an e-mail address
    (MAIL); for SLACK none, it is found by the address of the account. CONFLICT while no account at the vendor is
    connected, and for more than ten ways.
    """
    person = person_of(actor)
    user = await session.get_one(User, person, with_for_update={"read": True, "key_share": True})
    there = select(func.count()).where(ContactMethod.user_id == person, ContactMethod.archived_at.is_(None))
    if (await session.scalar(there) or 0) >= MOST:
        raise conflict(f"You have {MOST} ways to be reached.", hint="Delete one first.")
    await _carried(session, way)
    where = _checked(way, (address or "").strip() if way is not PageWay.SLACK else user.email)
    called = check.optional_text(label, "label", limit=LABEL) or way.value.capitalize()
    row = ContactMethod(
        user_id=person,
        way=way,
        label=called,
        sealed_address=keys(session).seal(where),
        ending=where[-ENDING:] if way is not PageWay.APPRISE else where.partition("://")[0],
        created_at=now(session),
    )
    session.add(row)
    await session.flush()
    _send_code(session, row)
    record_saved(session, actor, "contact method", row.id, {"way": {"from": None, "to": way.value}}, created=True)
    return row


async def verify_contact_method(
    session: AsyncSession, actor: Actor, *, method: str, code: str | None = None
) -> ContactMethod:
    """Show that messages arrive by entering the code; without one a new code is sent.

    INVALID_INPUT for another code. CONFLICT fifteen minutes after it was sent, when a new one is needed, and if one was
    sent within the last thirty seconds.
    """
    row = await own_method(session, actor, method)
    if row.verified:
        return row
    moment = now(session)
    if code is None:
        if row.code_expires_at is not None and moment - (row.code_expires_at - CODE_FOR) < PAUSE:
            raise conflict("A code was sent a moment ago.", field="code", hint="Wait half a minute for it.")
        _send_code(session, row)
        return row
    if row.sealed_code is None or row.code_expires_at is None or row.code_expires_at <= moment:
        hint = "Have a new one sent: leave the code out."
        raise conflict("That code can't be entered any more.", field="code", hint=hint)
    wanted = keys(session).open(row.sealed_code)
    if not compare_digest(wanted.encode(), code.strip().upper().replace("-", "").encode()):
        raise invalid("code", "That is another code.", "Enter the code of the last message that came.")
    row.verified_at, row.sealed_code, row.code_expires_at = moment, None, None
    record_saved(session, actor, "contact method", row.id, {"verified": {"from": False, "to": True}})
    return row


async def delete_contact_method(session: AsyncSession, actor: Actor, *, method: str) -> ContactMethod:
    """Give up a way to be reached: its address is forgotten, and rules that name it are passed over."""
    row = await own_method(session, actor, method)
    row.archived_at, row.sealed_address, row.sealed_code = now(session), None, None
    record_saved(session, actor, "contact method", row.id, {"archived": {"from": False, "to": True}})
    return row


async def test_page(session: AsyncSession, actor: Actor, *, method: str) -> ContactMethod:
    """Have a message sent that says it is a test, by a way that was verified. What came of it stands with the way.

    CONFLICT for a way that was not verified, and twice within half a minute.
    """
    row = await own_method(session, actor, method)
    if not row.verified:
        raise conflict("Nobody is paged by this way yet.", field="method", hint="Enter the code that was sent there.")
    if row.sent_at is not None and now(session) - row.sent_at < PAUSE:
        raise conflict("A message went there a moment ago.", field="method", hint="Wait half a minute.")
    enqueue(session, JobName.CONTACT_SEND, method_id=row.id)
    return row


async def own_method(session: AsyncSession, actor: Actor, reference: str) -> ContactMethod:
    """One of one's own ways, locked. NOT_FOUND also for those of others."""
    person, key = person_of(actor), decode_as("ContactMethod", reference, "method")
    row = await session.get(ContactMethod, key, with_for_update=True, populate_existing=True)
    if row is None or row.user_id != person or row.archived:
        raise not_found("method", "contact method", reference)
    return row


def _send_code(session: AsyncSession, row: ContactMethod) -> None:
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
    row.sealed_code, row.code_expires_at = keys(session).seal(code), now(session) + CODE_FOR
    enqueue(session, JobName.CONTACT_SEND, method_id=row.id)


async def _carried(session: AsyncSession, way: PageWay) -> None:
    """CONFLICT while nothing is connected that carries a way."""
    vendor = VENDOR_OF.get(way)
    if vendor is None:
        return
    connected = select(Integration.id).where(Integration.vendor == vendor, Integration.archived_at.is_(None)).limit(1)
    if await session.scalar(connected) is None:
        hint = f"Ask an admin to connect {vendor} under Integrations."
        raise conflict(f"No {vendor} account is connected.", field="way", hint=hint)


def _checked(way: PageWay, address: str) -> str:
    """An address as it is kept. INVALID_INPUT says what one of its kind looks like."""
    patterns = {PageWay.SMS: NUMBER, PageWay.PUSH: TOPIC, PageWay.APPRISE: SERVICE}
    plain = address.replace(" ", "") if way is PageWay.SMS else address
    if way not in patterns:
        good = is_email(plain)
    elif len(plain) <= ADDRESS:
        good = patterns[way].fullmatch(plain) is not None
    else:
        good = False
    if not good:
        raise invalid("address", "This is no address of that kind.", HINTS[way])
    return plain
