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
from actions.outward.order import schedule
from actions.outward.settings import opened, wake
from actions.outward.vendors import listens
from actions.record import now, record
from actions.workflows.outcomes import settled
from auth.actor import SYSTEM
from core.backoff import backoff
from models.facts.outward import IntegrationFailing, IntegrationRecovered, OutwardDone, OutwardFailed
from models.incident import Incident
from models.integration import QUIET, STANDING, Integration, OutwardAction
from models.words import OutwardState, OutwardVerb, Visibility

SETTLED = frozenset({OutwardState.DONE, OutwardState.FAILED, OutwardState.CALLED_OFF})

KEEP_TRYING = timedelta(days=1)
"""How long something is tried: a channel that opens a day late helps nobody."""

PROBE = timedelta(seconds=60)
"""While one attempt is under way, when the next may begin at the earliest: longer than any attempt takes."""

TELL_AFTER = timedelta(minutes=5)
"""How long an integration fails before that is told: shorter outages mend themselves."""

SIGNED_OUT_SECONDS = 3600.0
"""Between looks at whether somebody entered new credentials; whoever does wakes what waits."""


PAGE_SECONDS = 60.0
"""Between looks at whether a page was sent of which the vendor is to be told more; that wakes what waits."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt to make."""

    action_id: int
    integration_id: int
    incident_id: int
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


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, as the vendor calls it, and where people find it."""

    external_id: str
    url: str | None = None
    uninvited: tuple[int, ...] = ()
    """The keys of members of the incident who could not be let in."""


class Failure(StrEnum):
    """What a failed attempt means (integrations.failures)."""

    RETRYABLE = "RETRYABLE"
    PERMANENT = "PERMANENT"
    SIGNED_OUT = "SIGNED_OUT"
    AMBIGUOUS = "AMBIGUOUS"


async def claim_action(session: AsyncSession, action_id: int) -> Claimed | Wait | None:
    """Begin an attempt; None if it is settled, or called off because its integration is archived."""
    integration, action = await _locked(session, action_id)
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
        return Wait(SIGNED_OUT_SECONDS, "it waits for new credentials")
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
        action.key,
        integration.vendor,
        {**integration.configuration, **opened(session.info["secrets"], integration)},
        action.verb,
        action.arguments,
        uncertain,
        quiet,
        action.attempts,
    )


async def mark_done(session: AsyncSession, claimed: Claimed, made: Made) -> None:
    """It is done: the timeline says so, and what waited for the integration is due."""
    incident = await session.get_one(Incident, claimed.incident_id, with_for_update=True)
    integration, action = await _locked(session, claimed.action_id)
    await _answered(session, integration)
    if action.state is OutwardState.DONE:
        return  # another worker, to whom our lease had passed, was faster
    action.state, action.done_at, action.error = OutwardState.DONE, now(session), None
    if made.url is not None or action.external_id is None:
        # What the vendor told of itself meanwhile may be more than its answer says.
        action.external_id, action.url = made.external_id, made.url
    await settled(session, action)
    if action.verb is OutwardVerb.PAGE:
        await wake(session, integration.id)
    incident.followed = incident.followed or action.verb in STANDING
    if action.verb is OutwardVerb.OPEN_CHANNEL and listens(integration.vendor):
        await begin_reading(session, action)
    _tell_done(session, incident, action, made)
    if action.arguments.get("round", 0) != claimed.arguments.get("round", 0):
        # Something happened meanwhile that this attempt may not have seen.
        action.state = OutwardState.PENDING
        schedule(session, action)
    elif "invite" in action.arguments:
        action.arguments = {name: value for name, value in action.arguments.items() if name != "invite"}


def _tell_done(session: AsyncSession, incident: Incident, action: OutwardAction, made: Made) -> None:
    """The timeline tells what was done, and, once for each person, who could not be invited."""
    known = action.arguments.get("uninvited", [])
    new = [key for key in made.uninvited if key not in known]
    if new:
        action.arguments = {**action.arguments, "uninvited": [*known, *new]}
    if action.verb in QUIET and not new:
        return
    fact = OutwardDone(
        action_id=action.id,
        integration_id=action.integration_id,
        verb=action.verb,
        url=made.url,
        uninvited_user_ids=new,
    )
    record(session, SYSTEM, fact, incident=incident)


async def call_off(session: AsyncSession, claimed: Claimed, words: str) -> None:
    """It is not to be done any more; `words` say why."""
    _, action = await _locked(session, claimed.action_id)
    if action.state not in SETTLED:
        action.state, action.error = OutwardState.CALLED_OFF, words


async def mark_failed(
    session: AsyncSession, claimed: Claimed, failure: Failure, words: str, *, after: float | None = None
) -> float | None:
    """An attempt failed. Seconds until the next; None if it was the last, which the timeline tells.

    `words` are for the incident's commander. `after`: the vendor asks for so many seconds.
    """
    incident = await session.get_one(Incident, claimed.incident_id, with_for_update=True)
    integration, action = await _locked(session, claimed.action_id)
    if action.state in SETTLED:
        return None
    moment = now(session)
    action.error = words
    if failure is Failure.SIGNED_OUT:
        # Where the look-up was refused, what was uncertain stays so.
        action.state = OutwardState.UNKNOWN if claimed.uncertain else OutwardState.PENDING
        _signed_out(session, integration, words)
        return SIGNED_OUT_SECONDS
    if failure is Failure.PERMANENT:
        await _answered(session, integration)
    if failure is Failure.PERMANENT or moment - action.created_at >= KEEP_TRYING:
        action.state = OutwardState.FAILED
        _tell_failed(session, incident, action, words)
        await settled(session, action)
        return None
    # What was uncertain before this attempt was looked up in it: only a failure of the look-up leaves it uncertain.
    action.state = OutwardState.UNKNOWN if failure is Failure.AMBIGUOUS or claimed.uncertain else OutwardState.PENDING
    pause = after if after is not None else _failing(session, integration, words)
    integration.next_attempt_at = moment + timedelta(seconds=pause)
    return max(pause, backoff(action.attempts, first=1.0, longest=600.0))


def _tell_failed(session: AsyncSession, incident: Incident, action: OutwardAction, words: str) -> None:
    """The timeline tells what could not be done; of what is done again and again not twice the same."""
    if action.arguments.get("failed") != words:
        fact = OutwardFailed(action_id=action.id, integration_id=action.integration_id, verb=action.verb, error=words)
        record(session, SYSTEM, fact, incident=incident)


async def _locked(session: AsyncSession, action_id: int) -> tuple[Integration, OutwardAction]:
    """An action and its integration, locked in the order that holds everywhere: the integration first."""
    key = select(OutwardAction.integration_id).where(OutwardAction.id == action_id).scalar_subquery()
    integration = (await session.scalars(select(Integration).where(Integration.id == key).with_for_update())).one()
    action = await session.get_one(OutwardAction, action_id, with_for_update=True, populate_existing=True)
    return integration, action


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


async def _answered(session: AsyncSession, integration: Integration) -> None:
    """The vendor answers, if only to refuse: whatever waits for it may go on."""
    if integration.next_attempt_at is not None:
        integration.next_attempt_at = None
        await wake(session, integration.id)
    if integration.told_at is not None:
        fact = IntegrationRecovered(integration_id=integration.id)
        record(session, SYSTEM, fact, visibility=Visibility.PRIVATE)
    integration.failing_since = integration.told_at = integration.error = None


def _failing(session: AsyncSession, integration: Integration, words: str) -> float:
    """Note that the vendor does not answer; how many seconds to leave it alone: 2 at first, 10 minutes at most."""
    moment = now(session)
    integration.failing_since = integration.failing_since or moment
    integration.error = words
    failing = moment - integration.failing_since
    if failing >= TELL_AFTER:
        _tell(session, integration, words)
    return backoff(1, first=min(600.0, max(2.0, failing.total_seconds() / 4)))


def _signed_out(session: AsyncSession, integration: Integration, words: str) -> None:
    integration.signed_out_at = integration.signed_out_at or now(session)
    integration.error = words
    integration.next_attempt_at = None
    _tell(session, integration, words)


def _tell(session: AsyncSession, integration: Integration, words: str) -> None:
    if integration.told_at is None:
        integration.told_at = now(session)
        fact = IntegrationFailing(integration_id=integration.id, error=words)
        record(session, SYSTEM, fact, visibility=Visibility.PRIVATE)
