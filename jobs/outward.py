"""Doing at vendors what incidents need there: found, done, marked."""

import logging
from datetime import timedelta
from typing import Any, cast

from pydantic import ValidationError

from actions.outward.checks import Check, Result, note_checks, to_check
from actions.outward.ledger import Claimed, Failure, Made, Wait, claim_action, mark_done, mark_failed
from integrations.adaptors import ADAPTORS
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable, VendorError
from integrations.ports import Adaptor, BridgePort, ChatPort, Matter, PagerPort, Paging, TicketPort
from integrations.speaking import speaker
from jobs.matter import matter_of
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.job import JobName
from models.words import OutwardVerb

log = logging.getLogger(__name__)

UNFORESEEN = (AttributeError, LookupError, TypeError, ValueError)
"""What an adaptor raises that met an answer which it does not know. Others, such as an outage, are the job's own."""
ASK = "the worker's log says more. Asked for again, it is looked up first."

SETTLING = timedelta(seconds=20)
"""After an attempt whose end we don't know, before it is looked up: a vendor whose answer got lost may still be working
on it, and what is not there yet can't be found. Twice what we wait for any answer."""


@job(JobName.OUTWARD_PERFORM, seconds=50.0)
async def perform(*, action_id: int, integration_id: int) -> None:  # noqa: ARG001 (what waits is found by it)
    """Do one thing at a vendor, unless it is settled."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        claimed = await claim_action(session, action_id)
    if isinstance(claimed, Wait):
        raise Later(claimed.seconds, claimed.reason)
    if claimed is not None:
        await _attempt(runtime, claimed)


async def _attempt(runtime: JobRuntime, claimed: Claimed) -> None:
    try:
        async with runtime.database.reading() as reader:
            matter = await matter_of(reader, claimed.incident_id, runtime.settings.base_url)
        made = await _carry_out(opened(runtime, claimed.vendor, claimed.configuration), claimed, matter)
    except VendorError as error:
        await _failed(runtime, claimed, error)
    except UNFORESEEN as error:
        log.exception("%s could not be done", claimed.key)
        await _failed(
            runtime, claimed, Permanent(f"Muster did not understand the vendor ({type(error).__name__}): {ASK}")
        )
    else:
        async with runtime.database.unit_of_work() as session:
            await mark_done(session, claimed, made)


async def _carry_out(adaptor: Adaptor, claimed: Claimed, matter: Matter) -> Made:
    """What was made, now or by an earlier attempt."""
    if claimed.verb is OutwardVerb.OPEN_BRIDGE:
        bridges = cast("BridgePort", adaptor)
        found = await bridges.find_bridge(matter) if claimed.uncertain else None
        return found or await bridges.open_bridge(matter)
    if claimed.verb is OutwardVerb.OPEN_TICKET:
        return await _ticket(cast("TicketPort", adaptor), claimed, matter)
    if claimed.verb is OutwardVerb.OPEN_CHANNEL:
        return await _channel(cast("ChatPort", adaptor), claimed, matter)
    if claimed.verb is OutwardVerb.ARCHIVE_CHANNEL:
        return await cast("ChatPort", adaptor).archive_channel(claimed.arguments["channel"])
    if claimed.verb in (OutwardVerb.PAGE, OutwardVerb.ACKNOWLEDGE_PAGE, OutwardVerb.RESOLVE_PAGE):
        return await _page(cast("PagerPort", adaptor), claimed, matter)
    raise Permanent(f"This version of Muster does not know how to {claimed.verb.replace('_', ' ').lower()}.")


def _settle(claimed: Claimed, what: str) -> None:
    """Retryable while an earlier attempt, whose end we don't know, may still be going on at the vendor."""
    if claimed.uncertain and claimed.quiet < SETTLING:
        raise Retryable(f"It is looked up {what}.", after=SETTLING.total_seconds())


async def _channel(chat: ChatPort, claimed: Claimed, matter: Matter) -> Made:
    """The incident's channel, with whatever an earlier attempt left undone."""
    _settle(claimed, "how far the channel is")
    return await chat.open_channel(matter, again=claimed.attempt > 1)


async def _ticket(tickets: TicketPort, claimed: Claimed, matter: Matter) -> Made:
    """The incident's ticket: the one that an earlier attempt opened, else a new one."""
    if not claimed.uncertain:
        return await tickets.open_ticket(matter)
    _settle(claimed, "whether the ticket was opened")
    return await tickets.find_ticket(matter) or await tickets.open_ticket(matter)


async def _page(pager: PagerPort, claimed: Claimed, matter: Matter) -> Made:
    """A page, or what the pager is to know of it. Sent again under the same mark it is the same."""
    told = claimed.arguments
    paging = Paging(told["mark"], told["target"], told.get("beside"))
    if claimed.verb is OutwardVerb.ACKNOWLEDGE_PAGE:
        return await pager.acknowledge_page(paging)
    if claimed.verb is OutwardVerb.RESOLVE_PAGE:
        return await pager.resolve_page(paging)
    return await pager.page(matter, paging, again=claimed.uncertain)


async def _failed(runtime: JobRuntime, claimed: Claimed, error: VendorError) -> None:
    after = error.after if isinstance(error, Retryable) else None
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(session, claimed, meaning(error), error.words, after=after)
    if seconds is not None:
        raise Later(seconds, error.words)


def meaning(error: VendorError) -> Failure:
    """What follows from a failure."""
    if isinstance(error, AuthExpired):
        return Failure.SIGNED_OUT
    if isinstance(error, Permanent):
        return Failure.PERMANENT
    return Failure.AMBIGUOUS if isinstance(error, Ambiguous) else Failure.RETRYABLE


@job(JobName.INTEGRATION_CHECK, seconds=50.0, attempts=3)
async def check(*, integration_id: int) -> None:
    """Examine an integration, and note what was found."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return
    try:
        found = await opened(runtime, *wanted).check()
    except VendorError as error:
        found = [Check("configuration", Result.WRONG, error.words)]
    async with runtime.database.unit_of_work() as session:
        await note_checks(session, integration_id, found)


def opened(runtime: JobRuntime, vendor: str, configuration: dict[str, Any]) -> Adaptor:
    """The adaptor of an integration. Permanent if what is kept of it is no configuration (any more)."""
    if vendor not in ADAPTORS:
        raise Permanent(f"This version of Muster has no adaptor for {vendor}.")
    try:
        return ADAPTORS[vendor](configuration, speaker(runtime.settings))
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise Permanent(f"Its configuration has to be entered anew: {fields}.") from None
