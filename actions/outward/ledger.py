"""The ledger of what is done at vendors: claim, do, mark (DESIGN §5, ADR 0018).

While an integration fails, one attempt at a time is made, less and less often, so that a dead vendor holds up nobody.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.reading import begin_reading
from actions.outward.health import answered, failing, signed_out
from actions.outward.item_tickets import note_opened
from actions.outward.order import schedule
from actions.outward.settings import opened, wake
from actions.outward.telling import give_up, locked, locked_subject, tell_done, tell_waiting, untold
from actions.outward.ticket_news import note_status
from actions.outward.ticket_state import TicketStatus, granted
from actions.outward.vendors import listens
from actions.record import now
from actions.workflows.outcomes import settled
from core.backoff import backoff
from models.incident import Incident
from models.integration import STANDING, Integration, OutwardAction
from models.postmortem import ActionItem
from models.words import OutwardState, OutwardVerb, TicketState

SETTLED = frozenset({OutwardState.DONE, OutwardState.FAILED, OutwardState.CALLED_OFF})

KEEP_TRYING = timedelta(days=1)
"""How long something is tried: a channel that opens a day late helps nobody."""

PROBE = timedelta(seconds=60)
"""While one attempt is under way, when the next may begin at the earliest: longer than any attempt takes."""

SIGNED_OUT_SECONDS = 3600.0
"""Between looks at whether somebody entered new credentials; whoever does wakes what waits."""


PAGE_SECONDS = 60.0
"""Between looks at whether a page was sent of which the vendor is to be told more; that wakes what waits."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt to make."""

    action_id: int
    integration_id: int
    incident_id: int | None
    """None: it is for an action item."""
    action_item_id: int | None
    key: str
    vendor: str
    configuration: dict[str, Any]
    """The whole, secrets included."""
    verb: OutwardVerb
    arguments: dict[str, Any]
    uncertain: bool
    """Whether an earlier attempt may have done it: then it is looked up first."""
    quiet: timedelta
    """Since the attempt before this one began."""
    attempt: int
    """Which attempt it is, from 1: of what has several steps, an earlier one may have done some."""


@dataclass(frozen=True, slots=True)
class Wait:
    """No attempt may be made for some seconds."""

    seconds: float
    reason: str
    told: bool = True
    """Whether its incident knows, if somebody has to mend something (tell_signed_out)."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, as the vendor calls it, and where people find it."""

    external_id: str
    url: str | None = None
    uninvited: tuple[int, ...] = ()
    """The keys of members of the incident who could not be let in."""
    status: TicketStatus | None = None
    """Of a ticket that was looked at: how far it is."""
    flaws: tuple[str, ...] = ()
    """What the vendor refused of it, though it is there: in words that say what to mend."""


class Failure(StrEnum):
    """What a failed attempt means (integrations.failures)."""

    RETRYABLE = "RETRYABLE"
    PERMANENT = "PERMANENT"
    SIGNED_OUT = "SIGNED_OUT"
    AMBIGUOUS = "AMBIGUOUS"
    SETTLING = "SETTLING"


async def claim_action(session: AsyncSession, action_id: int) -> Claimed | Wait | None:
    """Begin an attempt; None if it is settled, or called off because its integration is archived."""
    integration, action = await locked(session, action_id)
    if action.state in SETTLED:
        return None
    moment = now(session)
    if integration.archived:
        action.state, action.error = OutwardState.CALLED_OFF, "The integration was archived."
        await settled(session, action)
        return None
    waiting = await _await_page(session, action)
    if waiting is not None or action.state in SETTLED:
        return waiting
    if integration.signed_out_at is not None:
        told = not (untold(action) or _too_late(session, action))
        return Wait(SIGNED_OUT_SECONDS, "it waits for new credentials", told=told)
    if integration.next_attempt_at is not None:
        if integration.next_attempt_at > moment:
            return Wait((integration.next_attempt_at - moment).total_seconds(), "the integration fails at present")
        integration.next_attempt_at = moment + PROBE
    uncertain = action.state is OutwardState.UNKNOWN
    quiet = moment - (action.claimed_at or action.created_at)
    action.state, action.claimed_at = OutwardState.UNKNOWN, moment
    action.attempts += 1
    return Claimed(
        action.id,
        integration.id,
        action.incident_id,
        action.action_item_id,
        action.key,
        integration.vendor,
        {**integration.configuration, **opened(session.info["secrets"], integration)},
        action.verb,
        action.arguments,
        uncertain,
        quiet,
        action.attempts,
    )


async def tell_signed_out(session: AsyncSession, action_id: int) -> bool:
    """Tell those who asked for something that it waits for new credentials; whether it does.

    After a day it is given up, as is whatever fails so long.
    """
    ordered = await session.get_one(OutwardAction, action_id)
    incident, item = await locked_subject(session, ordered.incident_id, ordered.action_item_id)
    integration, action = await locked(session, action_id)
    if action.state in SETTLED:
        return False
    if integration.signed_out_at is None:
        return True
    words = integration.error or "New credentials are needed."
    if not _too_late(session, action):
        await tell_waiting(session, incident, item, action, words)
        return True
    await give_up(session, incident, item, action, f"{words} It waited for that for a day: ask for it again.")
    return False


def _too_late(session: AsyncSession, action: OutwardAction) -> bool:
    return now(session) - action.created_at >= KEEP_TRYING


async def mark_done(session: AsyncSession, claimed: Claimed, made: Made) -> None:
    """It is done: the timeline says so, and what waited for the integration is due."""
    incident, item = await locked_subject(session, claimed.incident_id, claimed.action_item_id)
    integration, action = await locked(session, claimed.action_id)
    await answered(session, integration)
    if action.state is OutwardState.DONE:
        return  # another worker, to whom our lease had passed, was faster
    action.state, action.done_at, action.error = OutwardState.DONE, now(session), " ".join(made.flaws) or None
    if made.url is not None or action.external_id is None:
        # What the vendor told of itself meanwhile may be more than its answer says.
        action.external_id, action.url = made.external_id, made.url
    await settled(session, action)
    await _take_over(session, integration, action)
    if action.verb is OutwardVerb.FOLLOW_CHANNEL and "invite" in claimed.arguments:
        await _note_flaws(session, action)
    if incident is not None and item is None:
        incident.followed = incident.followed or action.verb in STANDING
    tell_done(session, incident, item, action, made.url, made.uninvited, made.flaws)
    if item is not None and action.verb is OutwardVerb.OPEN_TICKET:
        await note_opened(session, item, made.url)
    if made.status is not None:
        await _note_status(session, integration, action, claimed, made.status, item or incident)
    if action.arguments.get("round", 0) != claimed.arguments.get("round", 0):
        # Something happened meanwhile that this attempt may not have seen.
        action.state = OutwardState.PENDING
        schedule(session, action)
    elif "invite" in action.arguments:
        action.arguments = {name: value for name, value in action.arguments.items() if name != "invite"}


async def _take_over(session: AsyncSession, integration: Integration, action: OutwardAction) -> None:
    """What follows here from there being something now: a page, a ticket, a channel."""
    if action.verb is OutwardVerb.PAGE:
        await wake(session, integration.id)
    if action.verb is OutwardVerb.OPEN_TICKET:
        action.ticket_state = action.ticket_state or TicketState.OPEN
    if action.verb is OutwardVerb.OPEN_CHANNEL and listens(integration.vendor):
        await begin_reading(session, action)


async def _note_flaws(session: AsyncSession, following: OutwardAction) -> None:
    """The order for the channel shows what is refused of it now: all of it was tried."""
    opening = select(OutwardAction).where(
        OutwardAction.incident_id == following.incident_id,
        OutwardAction.integration_id == following.integration_id,
        OutwardAction.verb == OutwardVerb.OPEN_CHANNEL,
        OutwardAction.state == OutwardState.DONE,
    )
    for row in await session.scalars(opening.with_for_update()):
        row.error = following.error


async def _note_status(
    session: AsyncSession,
    integration: Integration,
    action: OutwardAction,
    claimed: Claimed,
    status: TicketStatus,
    subject: Incident | ActionItem | None,
) -> None:
    """Take note of how far a ticket is, unless it is to be moved once more: then that attempt tells it."""
    action.arguments = granted(action.arguments, claimed.arguments)
    if "to" not in action.arguments and subject is not None:
        await note_status(session, integration, action, status, subject, ours="to" in claimed.arguments)


async def call_off(session: AsyncSession, claimed: Claimed, words: str) -> None:
    """It is not to be done any more; `words` say why."""
    _, action = await locked(session, claimed.action_id)
    if action.state not in SETTLED:
        action.state, action.error = OutwardState.CALLED_OFF, words
        await settled(session, action)


async def mark_failed(
    session: AsyncSession, claimed: Claimed, failure: Failure, words: str, *, after: float | None = None
) -> float | None:
    """An attempt failed. Seconds until the next; None if it was the last, which the timeline tells.

    `words` are for the incident's commander. `after`: the vendor asks for so many seconds.
    """
    incident, item = await locked_subject(session, claimed.incident_id, claimed.action_item_id)
    integration, action = await locked(session, claimed.action_id)
    if action.state in SETTLED:
        return None
    moment = now(session)
    action.error = words
    if failure is Failure.SIGNED_OUT:
        # Where the look-up was refused, what was uncertain stays so.
        action.state = OutwardState.UNKNOWN if claimed.uncertain else OutwardState.PENDING
        signed_out(session, integration, words)
        await tell_waiting(session, incident, item, action, words)
        return SIGNED_OUT_SECONDS
    if failure is Failure.PERMANENT:
        await answered(session, integration)
    if failure is Failure.PERMANENT or _too_late(session, action):
        await give_up(session, incident, item, action, words)
        return None
    # What was uncertain before this attempt was looked up in it: only a failure of the look-up leaves it uncertain.
    action.state = OutwardState.UNKNOWN if failure is Failure.AMBIGUOUS or claimed.uncertain else OutwardState.PENDING
    if failure is Failure.SETTLING:
        # The vendor was not asked: whatever else waits for it goes on.
        integration.next_attempt_at = integration.next_attempt_at and moment
        return after
    pause = after if after is not None else failing(session, integration, words)
    integration.next_attempt_at = moment + timedelta(seconds=pause)
    return max(pause, backoff(action.attempts, first=1.0, longest=600.0))


async def _await_page(session: AsyncSession, action: OutwardAction) -> Wait | None:
    """Of an order about a page: wait until that was sent, and call the order off if it was not."""
    key = action.arguments.get("page_id")
    page = await session.get_one(OutwardAction, key) if key is not None else None
    if page is None or page.state is OutwardState.DONE:
        return None
    if page.state not in SETTLED:
        return Wait(PAGE_SECONDS, "the page has to be sent first")
    action.state, action.error = OutwardState.CALLED_OFF, "Nobody was paged."
    return None
