"""Rate limits: how much somebody may take in a while, by the generic cell rate algorithm (ITU-T I.371; leaky bucket).

For each key one number is kept: when everything that was taken so far will have leaked out. Limits are forgotten with
the process: they bound what one client costs the others, they are no quota to be billed. core.shared_budgets has those
that hold across processes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MINUTE = 60
MOST = 50_000
"""Keys that are kept; the one that was used least lately is forgotten first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an attempt to take something."""

    allowed: bool
    remaining: int
    """How much could be taken at once now."""
    wait: float = 0.0
    """Seconds after which the same can be taken, if it was not allowed."""


class Budgets:
    """What everybody has taken lately. `elapsed` tells seconds that only grow."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, amount: int, per_minute: int) -> Taken:
        """Take an amount if there is enough, all or nothing, where so much leaks out a minute (0: no limit).

        As much as leaks out in a minute can be taken at once, and more is never allowed.
        """
        if per_minute == 0:
            return Taken(allowed=True, remaining=amount)
        now, second = self._elapsed(), per_minute / MINUTE
        before = max(self._full_at.get(key, now), now)
        after = before + amount / second
        if after - now > MINUTE:
            left = max(0, _whole((MINUTE - (before - now)) * second))  # others may have let too much go
            return Taken(allowed=False, remaining=left, wait=after - now - MINUTE)
        self._keep(key, after)
        return Taken(allowed=True, remaining=_whole((MINUTE - (after - now)) * second))

    def _keep(self, key: str, full_at: float) -> None:
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > MOST:
            self._full_at.popitem(last=False)


def _whole(amount: float) -> int:
    return int(amount + 1e-6)  # what floating point lost on the way
