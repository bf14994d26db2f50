"""How an integration is, in words: whether it works, since when not, and what Muster does meanwhile."""

from typing import NamedTuple

from markupsafe import Markup, escape

from actions.outward.checks import Check, Result
from actions.outward.vendors import Port
from console.times import Times
from models.integration import Integration

DOES: dict[Port, str] = {
    Port.BRIDGE: "conference calls",
    Port.TICKET: "tickets",
    Port.CHAT: "channels of incidents",
    Port.SAY: "messages in channels",
    Port.PAGER: "paging whoever is on call",
    Port.ANNOUNCE: "announcements",
    Port.METRICS: "figures for postmortems",
    Port.WORDING: "proposed wordings for postmortems",
    Port.MESSAGE: "pages to one person",
}

TRIALS: dict[Port, tuple[str, str]] = {
    Port.ANNOUNCE: ("Examine, and post a test message", "The message says that it is a test."),
    Port.WORDING: ("Examine, and ask a test question", "It is asked something small."),
    Port.PAGER: ("Examine, and send a test page", "It is resolved at once, but whoever is on call may be woken up."),
    Port.TICKET: ("Examine, and open a test ticket", "The ticket says that it is a test, and is closed at once."),
    Port.BRIDGE: ("Examine, and make a test call", "Nobody is invited to it."),
}
"""What an admin is offered to try an integration by, and what to know before."""


class Health(NamedTuple):
    """The state of an integration: a mark, a line, and what else there is to know."""

    state: str
    """One of the states that have a mark: operational, degraded, major, unknown."""
    words: str
    more: Markup
    """When, and what Muster does meanwhile."""


def health_of(row: Integration, checks: list[Check] | None, t: Times) -> Health:
    """How an integration is. `checks` are those of an admin; None: the viewer is not told of them."""
    if row.archived:
        return Health("unknown", "Archived", Markup("Nothing is asked of it."))
    if not row.answers:
        return _trouble(row, t)
    if row.checked_at is None:
        return Health("unknown", "Not examined yet", Markup("A job examines it within seconds, if a worker runs."))
    wanting = [check for check in checks or () if check.result is not Result.OK]
    if wanting:
        said = escape(f"Not as it should be: {len(wanting)} of {len(checks or ())} things that it needs.")
        if any(check.result is Result.WRONG for check in wanting):
            return Health("major", "Something is wrong with it", said)
        return Health("degraded", "It answers, but something is missing", said)
    return Health("operational", "It works", Markup("Examined {}.").format(t.clock(row.checked_at)))


def _trouble(row: Integration, t: Times) -> Health:
    if row.signed_out_at is not None:
        more = Markup("Since {}. Nothing is tried until somebody enters new ones; what waits for it then goes on.")
        return Health("major", "It does not know our credentials", more.format(t.clock(row.signed_out_at)))
    since = Markup("Since {}. ").format(t.clock(row.failing_since))
    return Health("major", "It does not answer", since + _pause(row, t))


def _pause(row: Integration, t: Times) -> Markup:
    """Where the circuit breaker stands: while it fails, one attempt at a time, less and less often."""
    if row.next_attempt_at is not None and row.next_attempt_at > t.now:
        words = Markup("It is left alone until {}; then one attempt is made, and what waits goes on if that succeeds.")
        return words.format(t.clock(row.next_attempt_at))
    return Markup("The next attempt is due now: the first that succeeds lets everything else go on.")


def does(ports: list[Port]) -> str:
    """What an integration can do, in words."""
    return ", ".join(DOES[port] for port in sorted(ports)) or "nothing that this version knows"
