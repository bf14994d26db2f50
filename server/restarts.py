"""How often something that ends by itself is started again before we give up (ADR 0008)."""

import time
from collections import deque

LIMIT = 5
WINDOW = 60.0
"""Seconds. What ends five times within a minute will not get better by being started once more."""

FIRST_PAUSE = 0.5


class GivenUpError(Exception):
    """Something ended too often; the message is one line for a person."""


class Restarts:
    """The ends of one thing so far."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ends: deque[float] = deque(maxlen=LIMIT)

    def after(self, status: int | None) -> float:
        """Note an end with an exit status; seconds to wait before it is started again. GivenUpError after too many.

        None after the first end within a minute, then 0.5 s, doubled each time: what was killed is back at once, and
        what fails for a reason gets time for the reason to pass.
        """
        now = time.monotonic()
        self._ends.append(now)
        recent = sum(now - end < WINDOW for end in self._ends)
        if recent >= LIMIT:
            raise GivenUpError(
                f"{self._name} ended {LIMIT} times within {WINDOW:.0f} s (status {status}): giving up;"
                " the reasons stand above"
            )
        return 0.0 if recent == 1 else FIRST_PAUSE * 2.0 ** (recent - 2)
