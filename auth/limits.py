"""Who may ask how often: data, and one function for each thing that is limited (docs/guides/limits.md).

Somebody with good credentials has a budget of their own, in the units of `extensions.cost`. Strangers share one for
each address. Hooks have none: Alertmanager drops what is refused with 429 (DESIGN §6); they shed load with 503.
"""

from auth.actor import Actor
from core.address import neighbourhood
from core.budgets import Taken
from core.client import Client
from core.errors import RateLimitedError
from core.runtime import Runtime
from models.words import ActorKind

FAILURES = 120
"""Credentials that are no good, from one address, within a minute."""
DOORS = 300
"""Requests to `/auth/…` and `/oauth/…`, from one address, within a minute."""

SIGN_UPS = 10
"""Forms for news of the status page, from one address, within a minute."""
LETTERS = 3
"""The same to one recipient, whoever sends them. The database allows far fewer (actions.subscribers.sign_up)."""
ALL_SIGN_UPS = 600
"""The same to anybody from anywhere: nobody makes us flood the world."""


REFUSED_SIGN_INS = 10
"""Refused sign-ins through a provider, from one address within a minute, that are told to auditors one by one."""
ALL_REFUSED_SIGN_INS = 60
"""The same from all addresses together."""

STRANGERS = 10
"""All strangers from one address have one budget, this many times smaller than one person's."""


def charge(runtime: Runtime, actor: Actor, client: Client, cost: int) -> int | None:
    """What is left when the cost of an operation is taken from an actor's budget, or a stranger's address's.

    None without limits. RATE_LIMITED if there is not enough.
    """
    settings = runtime.settings
    if settings.rate_cost_per_minute == 0:
        return None
    if actor.kind is ActorKind.ANONYMOUS:
        key, rate = f"stranger {neighbourhood(client.address)}", settings.rate_cost_per_minute // STRANGERS
    else:
        key, rate = f"{actor.kind} {actor.id}", settings.rate_cost_per_minute
    taken = runtime.budgets.take(key, cost, rate)
    if not taken.allowed:
        raise RateLimitedError(
            f"You asked for more than {rate:,} units of cost within a minute.",
            wait=taken.wait,
            cost={"requested": cost, "limit": rate, "remaining": taken.remaining},
        )
    return taken.remaining


def fail(runtime: Runtime, client: Client) -> None:
    """Count credentials that were no good. RATE_LIMITED for an address with too many: guessing is pointless anyway.

    Good credentials from the same address are never asked: only who failed comes here.
    """
    taken = runtime.budgets.take(f"failure {neighbourhood(client.address)}", 1, _unless_off(runtime, FAILURES))
    if not taken.allowed:
        raise RateLimitedError("Too many credentials from this address were no good.", wait=taken.wait)


def knock(runtime: Runtime, client: Client) -> Taken:
    """Count a request to one of the doors that strangers may use."""
    return runtime.budgets.take(f"door {neighbourhood(client.address)}", 1, _unless_off(runtime, DOORS))


def told_apart(runtime: Runtime, client: Client) -> bool:
    """Whether a refused sign-in gets an event of its own; it is counted otherwise. Holds without limits, too.

    Anybody can begin a sign-in and bring back a code that no provider gave: that must not fill the audit trail.
    """
    own = runtime.budgets.take(f"sign-in {neighbourhood(client.address)}", 1, REFUSED_SIGN_INS)
    return own.allowed and runtime.budgets.take("sign-ins", 1, ALL_REFUSED_SIGN_INS).allowed


def ask_for_news(runtime: Runtime, client: Client) -> Taken:
    """Count a form in which somebody asks for news of the status page."""
    return runtime.budgets.take(f"sign-up {neighbourhood(client.address)}", 1, _unless_off(runtime, SIGN_UPS))


def may_be_written_to(runtime: Runtime, recipient: bytes) -> bool:
    """Count that somebody asks for news for an address, by its digest. Only who asks so often notices nothing."""
    mine = runtime.budgets.take(f"recipient {recipient.hex()}", 1, _unless_off(runtime, LETTERS))
    return mine.allowed and runtime.budgets.take("recipients", 1, _unless_off(runtime, ALL_SIGN_UPS)).allowed


def _unless_off(runtime: Runtime, per_minute: int) -> int:
    """A rate, or 0 if limits are turned off altogether."""
    return per_minute if runtime.settings.rate_cost_per_minute else 0
