"""Bringing what stands for an incident at vendors up to date: what is said there, and saying it."""

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import select

from actions.outward.ledger import Claimed, Made
from auth.actor import SYSTEM
from auth.visibility import visible_events, visible_to
from core.db import Reader
from integrations.failures import Permanent, Settling
from integrations.ports import Adaptor, AnnouncePort, ChatPort, Matter, Remark, SayPort, TicketPort
from jobs.sayings import words_of
from models.event import Event
from models.facts.base import read_fact
from models.facts.incident import SeverityChanged, StageChanged
from models.incident import Incident
from models.integration import FOLLOWING
from models.update import Update
from models.words import OutwardVerb

SETTLING = timedelta(seconds=20)
"""After an attempt whose end we don't know, before it is looked up: a vendor whose answer got lost may still be working
on it, and what is not there yet can't be found. Twice what we wait for any answer."""

TOLD_TO_ALL = frozenset({OutwardVerb.ANNOUNCE, OutwardVerb.RELAY_UPDATE})
"""What everybody reads."""
CARRIED_ON = TOLD_TO_ALL | (FOLLOWING - {OutwardVerb.FOLLOW_TICKET}) | {OutwardVerb.COMMENT_TICKET, OutwardVerb.SAY}
"""What is done here."""
GONE = "The update was withdrawn before it was passed on."
PRIVATE = "The incident is private now: nothing of it is told to everybody."


async def remark_of(reader: Reader, claimed: Claimed) -> Remark | None:
    """What is to be said once, as it reads now; None for whatever says nothing of its own, or nothing any more."""
    if claimed.verb is OutwardVerb.RELAY_UPDATE:
        return await _update(reader, claimed.arguments["update_id"])
    if claimed.verb is OutwardVerb.COMMENT_TICKET:
        return await _turn(reader, claimed.arguments["event_id"])
    if claimed.verb is OutwardVerb.SAY:
        return await words_of(reader, claimed.arguments)
    return None


async def _update(reader: Reader, key: int) -> Remark | None:
    seen = (Incident.id == Update.incident_id, visible_to(SYSTEM))
    query = select(Update).join(Incident, seen[0]).where(Update.id == key, Update.withdrawn_at.is_(None), seen[1])
    row = await reader.row(Update, query)
    return Remark(f"update-{key}", row.body) if row is not None else None


async def _turn(reader: Reader, key: int) -> Remark | None:
    """What a change of severity or stage was. Nothing that a person wrote: more people read a ticket."""
    event = await reader.row(Event, select(Event).where(Event.id == key, visible_events(SYSTEM)))
    fact = read_fact(event.kind, event.data) if event is not None else None
    if event is None or fact is None:
        return None
    return Remark(f"event-{key}", _plain(fact))


def _plain(fact: Any) -> str:
    if isinstance(fact, SeverityChanged):
        before = f" (before: {fact.from_name})" if fact.from_name and fact.from_name != fact.to_name else ""
        return f"The severity is {fact.to_name} now{before}."
    if isinstance(fact, StageChanged):
        return f"The incident moved from {fact.from_stage.lower()} to {fact.to_stage.lower()}."
    done = fact.kind.removeprefix("incident.")
    return f"The incident was {done}."


def why_not(claimed: Claimed, matter: Matter, remark: Remark | None) -> str | None:
    """Why something is not to be done any more; None if it is."""
    if matter.private and claimed.verb in TOLD_TO_ALL:
        return PRIVATE
    if claimed.verb is OutwardVerb.RELAY_UPDATE and remark is None:
        return GONE
    return None


async def carry_on(adaptor: Adaptor, claimed: Claimed, matter: Matter, remark: Remark | None) -> Made:
    """What was announced, brought up to date or said, now or by an earlier attempt. VendorError."""
    arguments = claimed.arguments
    if claimed.verb is OutwardVerb.FOLLOW_CHANNEL:
        settle(claimed, "how far the channel is up to date")
        chat, invite = cast("ChatPort", adaptor), bool(arguments.get("invite"))
        return await chat.follow_channel(matter, arguments["channel"], invite=invite)
    if claimed.verb is OutwardVerb.FOLLOW_ANNOUNCEMENT:
        return await cast("AnnouncePort", adaptor).follow_announcement(matter, arguments["announcement"])
    if claimed.verb is OutwardVerb.ANNOUNCE:
        return await _announce(cast("AnnouncePort", adaptor), claimed, matter)
    if remark is None:
        raise Permanent("This version of Muster does not know what is to be said.")
    if claimed.verb is OutwardVerb.RELAY_UPDATE:
        return await _relay(cast("AnnouncePort", adaptor), claimed, matter, remark)
    if claimed.verb is OutwardVerb.SAY:
        return await _say(cast("SayPort", adaptor), claimed, matter, remark)
    return await _comment(cast("TicketPort", adaptor), claimed, matter, remark)


async def _announce(port: AnnouncePort, claimed: Claimed, matter: Matter) -> Made:
    settle(claimed, "whether it was announced")
    found = await port.find_announcement(matter) if claimed.uncertain else None
    return found or await port.announce(matter)


async def _relay(port: AnnouncePort, claimed: Claimed, matter: Matter, remark: Remark) -> Made:
    settle(claimed, "whether the update was passed on")
    below = claimed.arguments["announcement"]
    found = await port.find_relayed(matter, below, remark) if claimed.uncertain else None
    return found or await port.relay(matter, below, remark)


async def _say(port: SayPort, claimed: Claimed, matter: Matter, remark: Remark) -> Made:
    settle(claimed, "whether it was said")
    channel = claimed.arguments["channel"]
    found = await port.find_said(channel, remark) if claimed.uncertain else None
    return found or await port.say(matter, channel, remark)


async def _comment(port: TicketPort, claimed: Claimed, matter: Matter, remark: Remark) -> Made:
    settle(claimed, "whether the comment was written")
    ticket = claimed.arguments["ticket"]
    found = await port.find_comment(matter, ticket, remark) if claimed.uncertain else None
    return found or await port.comment(matter, ticket, remark)


def settle(claimed: Claimed, what: str) -> None:
    """Settling while an earlier attempt, whose end we don't know, may still be going on at the vendor."""
    if claimed.uncertain and claimed.quiet < SETTLING:
        raise Settling(f"It is looked up {what}.", after=SETTLING.total_seconds())
