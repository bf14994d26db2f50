"""Doing at vendors what incidents need there: found, done, marked."""

import logging
from typing import cast

from actions.outward.following import follow as order_what_follows
from actions.outward.ledger import (
    Claimed,
    Made,
    Wait,
    call_off,
    claim_action,
    mark_done,
    mark_failed,
    tell_signed_out,
)
from integrations.failures import Permanent, Retryable, Settling, VendorError
from integrations.ports import (
    Adaptor,
    BridgePort,
    ChatPort,
    Matter,
    PagerPort,
    Paging,
    TicketPort,
)
from jobs.following import CARRIED_ON, carry_on, remark_of, settle, why_not
from jobs.item import item_of
from jobs.matter import matter_of
from jobs.on_call import ask_all
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.tickets import follow, open_once
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
        if not claimed.told:
            async with runtime.database.unit_of_work() as session:
                if not await tell_signed_out(session, action_id):
                    return
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
    if claimed.verb is OutwardVerb.FOLLOW_TICKET:
        return await follow(cast("TicketPort", opened(runtime, claimed.vendor, claimed.configuration)), claimed)
    base = runtime.settings.base_url
    if claimed.incident_id is None:
        return await _for_item(runtime, claimed, base)
    if claimed.verb is OutwardVerb.OPEN_CHANNEL or claimed.arguments.get("invite"):
        await ask_all(runtime)
    async with runtime.database.reading() as reader:
        matter = await matter_of(reader, claimed.incident_id, base, runtime.settings.status_url)
        remark = await remark_of(reader, claimed)
    obsolete = why_not(claimed, matter, remark)
    if obsolete is not None:
        return obsolete
    adaptor = opened(runtime, claimed.vendor, claimed.configuration)
    if claimed.verb in CARRIED_ON:
        return await carry_on(adaptor, claimed, matter, remark)
    return await _carry_out(adaptor, claimed, matter)


async def _for_item(runtime: JobRuntime, claimed: Claimed, base: str) -> Made:
    async with runtime.database.reading() as reader:
        item = await item_of(reader, claimed.action_item_id, base)
    tickets = cast("TicketPort", opened(runtime, claimed.vendor, claimed.configuration))
    return await open_once(tickets, claimed, item)


async def _carry_out(adaptor: Adaptor, claimed: Claimed, matter: Matter) -> Made:
    """What was made, now or by an earlier attempt."""
    if claimed.verb is OutwardVerb.OPEN_BRIDGE:
        bridges = cast("BridgePort", adaptor)
        found = await bridges.find_bridge(matter) if claimed.uncertain else None
        return found or await bridges.open_bridge(matter)
    if claimed.verb is OutwardVerb.OPEN_TICKET:
        return await open_once(cast("TicketPort", adaptor), claimed, matter)
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
    after = error.after if isinstance(error, Retryable | Settling) else None
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(session, claimed, error.means, error.words, after=after)
    if seconds is not None:
        raise Later(seconds, error.words)


@job(JobName.OUTWARD_FOLLOW)
async def follow_event(*, incident_id: int, event_id: int) -> None:
    """Order what an event asks for where something stands for its incident."""
    async with current().database.unit_of_work() as session:
        await order_what_follows(session, incident_id, event_id)
