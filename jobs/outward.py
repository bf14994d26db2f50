"""Doing at vendors what incidents need there: found, done, marked."""

import logging
from typing import cast

from actions.outward.checks import Check, Result, note_checks, to_check
from actions.outward.following import follow
from actions.outward.ledger import Claimed, Failure, Made, Wait, call_off, claim_action, mark_done, mark_failed
from actions.outward.on_call import ask_who
from actions.outward.vendors import Port, ports_of
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable, VendorError
from integrations.ports import Adaptor, AnnouncePort, BridgePort, ChatPort, Matter, PagerPort, Paging, TicketPort
from jobs.following import CARRIED_ON, carry_on, remark_of, settle, why_not
from jobs.matter import matter_of
from jobs.on_call import ask_all
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.vendor import UNFORESEEN, opened
from models.job import JobName
from models.words import OutwardVerb

log = logging.getLogger(__name__)

ASK = "the worker's log says more. Asked for again, it is looked up first."


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
        made = await _do(runtime, claimed)
    except VendorError as error:
        await _failed(runtime, claimed, error)
    except UNFORESEEN as error:
        log.exception("%s could not be done", claimed.key)
        await _failed(
            runtime, claimed, Permanent(f"Muster did not understand the vendor ({type(error).__name__}): {ASK}")
        )
    else:
        async with runtime.database.unit_of_work() as session:
            await (call_off(session, claimed, made) if isinstance(made, str) else mark_done(session, claimed, made))


async def _do(runtime: JobRuntime, claimed: Claimed) -> Made | str:
    """What was made; in words, why nothing is to be made any more. VendorError."""
    if claimed.verb is OutwardVerb.OPEN_CHANNEL or claimed.arguments.get("invite"):
        await ask_all(runtime)
    async with runtime.database.reading() as reader:
        matter = await matter_of(reader, claimed.incident_id, runtime.settings.base_url, runtime.settings.status_url)
        remark = await remark_of(reader, claimed)
    obsolete = why_not(claimed, matter, remark)
    if obsolete is not None:
        return obsolete
    adaptor = opened(runtime, claimed.vendor, claimed.configuration)
    if claimed.verb in CARRIED_ON:
        return await carry_on(adaptor, claimed, matter, remark)
    return await _carry_out(adaptor, claimed, matter)


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


async def _channel(chat: ChatPort, claimed: Claimed, matter: Matter) -> Made:
    """The incident's channel, with whatever an earlier attempt left undone."""
    settle(claimed, "how far the channel is")
    return await chat.open_channel(matter, again=claimed.attempt > 1)


async def _ticket(tickets: TicketPort, claimed: Claimed, matter: Matter) -> Made:
    """The incident's ticket: the one that an earlier attempt opened, else a new one."""
    if not claimed.uncertain:
        return await tickets.open_ticket(matter)
    settle(claimed, "whether the ticket was opened")
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


@job(JobName.OUTWARD_FOLLOW)
async def follow_event(*, incident_id: int, event_id: int) -> None:
    """Order what an event asks for where something stands for its incident."""
    async with current().database.unit_of_work() as session:
        await follow(session, incident_id, event_id)


@job(JobName.INTEGRATION_CHECK, seconds=50.0, attempts=3)
async def check(*, integration_id: int, send: bool = False) -> None:
    """Examine an integration, and note what was found; `send`: also whether a message arrives."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return
    try:
        adaptor = opened(runtime, *wanted)
        found = await adaptor.check()
        if send and hasattr(adaptor, "test_send"):
            found.append(await _sent(cast("AnnouncePort", adaptor)))
    except VendorError as error:
        found = [Check("configuration", Result.WRONG, error.words)]
    async with runtime.database.unit_of_work() as session:
        await note_checks(session, integration_id, found)
        if Port.PAGER in ports_of(*wanted):
            ask_who(session, integration_id)


async def _sent(port: AnnouncePort) -> Check:
    """Whether a test message was taken."""
    try:
        await port.test_send()
    except VendorError as error:
        return Check("message", Result.WRONG, error.words)
    return Check("message", Result.OK, "It was taken: see whether it is there.")
