"""Budgets that hold across all processes: each tells the others what was taken from it (ADR 0048).

What is told is how many seconds of leaking somebody's budget has been drawn down by, so that whoever hears it need not
know the rate. It is told once it is a hundredth of what may be taken at once, a few times a second. So nobody can take
more than their rate for longer than a moment, whichever process they ask: what they took beyond it they wait for. While
processes don't hear each other, each counts for itself.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson

from core.budgets import MINUTE, MOST, Budgets, Taken

TOPIC = "budgets"
WORTH_TELLING = MINUTE / 100
"""Seconds of a budget's leaking."""
GAP = 0.1
"""Seconds from when there is something to tell until it is told."""
LONGEST = 7_500
"""Bytes of one message, with room for who says it (core.notify.LONGEST)."""
MOST_MESSAGES = 20
"""Told at a time. A crowd of strangers that is larger is held by each process alone."""


class SharedBudgets(Budgets):
    """Budgets of all processes. `say` tells the others; what they say is to be handed to `heard`."""

    def __init__(self, say: Callable[[Any], None], elapsed: Callable[[], float] = time.monotonic) -> None:
        super().__init__(elapsed)
        self._say = say
        self._untold: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def take(self, key: str, amount: int, per_minute: int) -> Taken:
        """As of Budgets; what was taken is told to the others soon."""
        taken = super().take(key, amount, per_minute)
        if taken.allowed and per_minute:
            self._note(key, amount * MINUTE / per_minute)
        return taken

    def heard(self, _: str, what: dict[str, float]) -> None:
        """Count what another process says was taken, by key in seconds."""
        now = self._elapsed()
        for key, seconds in what.items():
            self._keep(key, max(self._full_at.get(key, now), now) + float(seconds))

    def tell(self) -> None:
        """Tell the others now what there is to tell."""
        due, self._due = self._due, {}
        message: dict[str, float] = {}
        size = messages = 0
        for key, seconds in due.items():
            length = len(orjson.dumps(key)) + 24
            if message and size + length > LONGEST:
                self._say(message)
                message, size, messages = {}, 0, messages + 1
                if messages >= MOST_MESSAGES:
                    return
            if length <= LONGEST:
                message[key] = round(seconds, 3)
                size += length
        if message:
            self._say(message)

    def _note(self, key: str, seconds: float) -> None:
        seconds += self._untold.pop(key, 0.0)
        if key not in self._due and seconds < WORTH_TELLING:
            if len(self._untold) < MOST:
                self._untold[key] = seconds
            return
        if not self._due:
            asyncio.get_running_loop().call_later(GAP, self.tell)
        self._due[key] = self._due.get(key, 0.0) + seconds
