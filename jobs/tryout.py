"""What an integration does when it is tried: a message, a page, a ticket or a call that says it is a test.

What would bother people is undone at once: a page is resolved, a ticket is closed.
"""

from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any, cast

from actions.outward.checks import Check, Result
from actions.outward.vendors import VENDORS, Port, ports_of
from integrations.failures import Ambiguous, VendorError
from integrations.ports import Adaptor, AnnouncePort, BridgePort, Matter, PagerPort, Paging, TicketPort, WordingPort
from models.words import Stage, TicketState

TITLE = "A test from Muster: nothing is wrong"


async def tried_out(adaptor: Adaptor, vendor: str, configuration: dict[str, Any], url: str) -> list[Check]:
    """What came of trying all that an integration can be tried by; `url` is where its settings are.

    Where there is nothing to try, why.
    """
    trials = [TRIALS[port] for port in sorted(ports_of(vendor, configuration) & TRIALS.keys())]
    return [await trial(adaptor, trial_matter(url)) for trial in trials] or [untried(vendor)]


def untried(vendor: str) -> Check:
    """Why nothing of a vendor's can be tried."""
    known = VENDORS[vendor]
    lacking = next((known.needs[port] for port in sorted(known.ports & TRIALS.keys()) if port in known.needs), None)
    if lacking is not None:
        return Check("message", Result.MISSING, f"Nothing was sent: announcements need `{lacking}`.")
    if Port.MESSAGE in known.ports:
        return Check("message", Result.OK, "Nothing was sent: each person tries it with a test page to themselves.")
    return Check("message", Result.OK, f"Nothing was sent: with {known.name} there is no message to try.")


def trial_matter(url: str) -> Matter:
    """What a vendor is told instead of an incident. There is no incident of that reference."""
    return Matter(
        "TEST",
        TITLE,
        None,
        url,
        private=False,
        drill=False,
        stage=Stage.RESPONSE,
        commander=None,
        members=(),
    )


async def _message(adaptor: Adaptor, matter: Matter) -> Check:
    del matter  # such a message has words of its own
    try:
        said = await cast("AnnouncePort | WordingPort", adaptor).test_send()
    except VendorError as error:
        return Check("message", Result.WRONG, error.words)
    return Check("message", Result.OK, said or "It was taken: see whether it is there.")


async def _page(adaptor: Adaptor, matter: Matter) -> Check:
    """A page under a mark of its own, which no other attempt has, so that it is no repetition of an earlier test."""
    pager, paging = cast("PagerPort", adaptor), Paging(f"muster-test-{token_hex(8)}", None, None)
    sent = None
    try:
        await pager.page(matter, paging, again=False)
    except Ambiguous as error:
        sent = error
    except VendorError as error:
        return Check("page", Result.WRONG, error.words)
    try:
        await pager.resolve_page(paging)
    except VendorError as error:
        return Check("page", Result.WRONG, sent.words if sent else f"It was sent; resolve it there. {error.words}")
    if sent is not None:
        return Check("page", Result.WRONG, sent.words)
    return Check("page", Result.OK, "It was sent, and resolved at once. Whoever is on call may have been woken up.")


async def _ticket(adaptor: Adaptor, matter: Matter) -> Check:
    tickets = cast("TicketPort", adaptor)
    try:
        made = await tickets.open_ticket(matter)
    except VendorError as error:
        return Check("ticket", Result.WRONG, error.words)
    try:
        await tickets.move_ticket(made.external_id, TicketState.DONE, dropped=True)
    except VendorError as error:
        words = f"{made.external_id} was opened, and stays open: close it there. {error.words}"
        return Check("ticket", Result.MISSING, words)
    return Check("ticket", Result.OK, f"{made.external_id} was opened, and closed again: {made.url}")


async def _call(adaptor: Adaptor, matter: Matter) -> Check:
    """The call of an earlier test, or a new one: whoever makes calls that stay has one of tests at most."""
    bridges = cast("BridgePort", adaptor)
    try:
        made = await bridges.find_bridge(matter) or await bridges.open_bridge(matter)
    except VendorError as error:
        return Check("call", Result.WRONG, error.words)
    return Check("call", Result.OK, f"Open it once to see that people meet there: {made.url}")


TRIALS: dict[Port, Callable[[Adaptor, Matter], Awaitable[Check]]] = {
    Port.ANNOUNCE: _message,
    Port.WORDING: _message,
    Port.PAGER: _page,
    Port.TICKET: _ticket,
    Port.BRIDGE: _call,
}
"""How each port is tried."""
