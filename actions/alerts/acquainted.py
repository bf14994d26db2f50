"""What a process remembers of groups whose alerts it stored, so that the next delivery is written without a look first.

It may be old: whoever writes from it has the statement look again, under its locks (at_once_sql.WRITE).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from actions.alerts.deciding import Decided, Delivered, Seen
from core.recent import Recent
from models.incident import Incident

ALERTS = 20_000
"""Alerts whose keys are remembered."""
GROUPS = 5_000
ALIVE = timedelta(seconds=30)
"""How long it need not be noted again that a source is alive; as alerts_see has it."""
NEVER = datetime.min.replace(tzinfo=UTC)


class Home(NamedTuple):
    """Where alerts of a group go."""

    incident: Incident | None
    """The open incident of the group; None if it has none."""


class Acquainted:
    """What was last seen of groups and alerts."""

    def __init__(self) -> None:
        self._homes: Recent[tuple[int, str], Home | None] = Recent(GROUPS)
        self._keys: Recent[tuple[int, str, str], int] = Recent(ALERTS)
        self._alive_until: dict[int, datetime] = {}

    def guess(self, delivered: Delivered, moment: datetime) -> Seen | None:
        """What there is of a delivery if nothing changed; None if nothing is known of its group."""
        home = self._homes.get(delivered.key)
        if home is None:
            return None
        untouched = self._alive_until.get(delivered.source.id, NEVER) <= moment
        keys = [self._keys.get(name) for name in delivered.names]
        return Seen(keys, home.incident, untouched, guessed=True)

    def keep(self, decided: Decided, made: Sequence[int], moment: datetime) -> None:
        """Remember what a delivery was stored as: `made` are the keys of its new alerts."""
        delivered, seen = decided.delivered, decided.seen
        self._homes.keep(delivered.key, Home(seen.home))
        self._alive_until.setdefault(delivered.source.id, moment + ALIVE)
        if seen.untouched:
            self._alive_until[delivered.source.id] = moment + ALIVE
        new: Mapping[int, int] = dict(zip((n for n, _ in decided.new), made, strict=True))
        for n, (name, key) in enumerate(zip(delivered.names, seen.keys, strict=True)):
            if key is None:
                self._keys.keep(name, new[n])
            elif not seen.guessed:
                self._keys.keep(name, key)

    def forget(self, delivered: Delivered) -> None:
        """What was remembered of a group is not so any more."""
        self._homes.keep(delivered.key, None)
