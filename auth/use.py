"""Noting that a credential is in use: at most every five minutes, and never in the way of a request."""

import logging
from datetime import datetime, timedelta

from auth.identify import Identity
from auth.session import touch_session
from auth.token import touch_token
from core.client import Client
from core.outage import outage_of
from core.runtime import Runtime

TOUCH_EVERY = timedelta(minutes=5)
MOST = 10_000
"""Credentials whose last note is remembered; one that was forgotten is noted again."""

log = logging.getLogger(__name__)


class Uses:
    """What this process has noted already."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._noted: dict[tuple[str, int], datetime] = {}

    def due(self, who: Identity) -> bool:
        """Whether this use is to be noted; then `note` it after the answer."""
        key = self._key(who)
        if key is None:
            return False
        now, last = self._database.clock.now(), self._noted.get(key)
        if last is not None and now - last < TOUCH_EVERY:
            return False
        self._noted.pop(key, None)
        self._noted[key] = now  # the newest last
        if len(self._noted) > MOST:
            del self._noted[next(iter(self._noted))]
        return True

    async def note(self, who: Identity, client: Client) -> None:
        """Write a use down. What fails is logged: the request was answered."""
        try:
            if who.token_id is not None:
                await touch_token(self._database, who.token_id, client)
            elif who.session_id is not None:
                await touch_session(self._database, who.session_id, client)
        except Exception as error:
            if outage_of(error) is None:
                log.exception("the use of a credential was not noted")

    @staticmethod
    def _key(who: Identity) -> tuple[str, int] | None:
        if who.token_id is not None:
            return "token", who.token_id
        return ("session", who.session_id) if who.session_id is not None else None
