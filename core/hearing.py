"""What processes tell each other that nothing is kept of, by a channel of PostgreSQL's (core.notify.SAID)."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

import orjson

from core.notify import Notifier

Hearer = Callable[[str, Any], None]

log = logging.getLogger(__name__)


class Hearing:
    """Says things to all other processes, and hears what core.live is told. Whoever is away just then misses it."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._name = secrets.token_hex(8)
        self._hearers: dict[str, list[Hearer]] = {}

    def say(self, topic: str, what: Any) -> None:
        """Tell all other processes something: JSON of core.notify.LONGEST bytes (ValueError if it is longer)."""
        self._notifier.say(orjson.dumps([self._name, topic, what]).decode())

    def hear(self, topic: str, callback: Hearer) -> None:
        """Have `callback` called with the name of a process and with what it says on a topic. It must not wait."""
        self._hearers.setdefault(topic, []).append(callback)

    def heard(self, words: str) -> None:
        """Hand on what came by the channel; what we said ourselves is passed over."""
        try:
            name, topic, what = orjson.loads(words)
            for callback in tuple(self._hearers.get(topic, ())) if name != self._name else ():
                callback(name, what)
        except Exception:
            log.exception("could not make sense of what another process said")
