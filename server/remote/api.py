"""A server's GraphQL API as commands use it: asked again when a connection is lost, and changed once all the same."""

import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from server.remote.failures import RemoteError, UnreachableError, refusal
from server.remote.servers import server_of, token_for
from server.remote.wire import Answer, send

PAUSES = (0.2, 0.6, 1.2)
"""Seconds before each further attempt."""
LONGEST_WAIT = 15.0
"""So long a pause that a server asks for is kept; for a longer one the command ends and says so."""
PAGE = 100
"""Rows that the API gives at once, at most."""


@dataclass(frozen=True, slots=True)
class Api:
    """A server, and who we are there."""

    server: str
    token: str = field(repr=False)
    key: str | None = None
    """What makes a change the same change if the whole command is given again (--idempotency-key)."""

    @classmethod
    def of(cls, given: str | None, key: str | None = None) -> "Api":
        """The server that is meant. SignedOutError without a token for it."""
        server = server_of(given)
        return cls(server, token_for(server), key)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query, or of a mutation whose input has an idempotencyKey: both may be sent again.

        RemoteError as `failures.refusal` has it; UnreachableError after four attempts.
        """
        for pause in (*PAUSES, None):
            try:
                return self._once(document, variables)
            except RemoteError as error:
                wait = _wait(error, pause)
                if wait is None:
                    raise
                time.sleep(wait)
        raise AssertionError

    def change(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of the one mutation of a document, whose input is `given` without what is None."""
        return self.put(document, {name: value for name, value in given.items() if value is not None})

    def put(self, document: str, values: dict[str, Any]) -> dict[str, Any]:
        """The payload of the one mutation of a document with this input.

        Every attempt carries one idempotencyKey: a change whose answer was lost is not made twice.
        """
        (payload,) = self.ask(document, input={**values, "idempotencyKey": self.key or str(uuid.uuid4())}).values()
        found: dict[str, Any] = payload
        return found

    def pages(
        self, document: str, name: str, *, limit: int | None, after: str | None, **variables: Any
    ) -> Iterator[tuple[list[dict[str, Any]], str | None]]:
        """Pages of a connection until `limit` rows (None: all), each with the cursor to go on after; None: the end."""
        left = sys.maxsize if limit is None else limit
        while left > 0:
            found = self.ask(document, first=min(PAGE, left), after=after, **variables)[name]
            info = found["pageInfo"]
            after = info["endCursor"] if info["hasNextPage"] else None
            left -= len(found["nodes"])
            yield found["nodes"], after
            if after is None:
                return

    def _once(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.server}/graphql"
        answer = send(url, body={"query": document, "variables": variables}, token=self.token)
        if answer.body.get("errors"):
            raise refusal(answer.body["errors"], self.server)
        return _data(answer, url)


def _data(answer: Answer, url: str) -> dict[str, Any]:
    data = answer.body.get("data")
    if not isinstance(data, dict):
        raise UnreachableError(f"{url} answered {answer.status}, not as Muster does.", code="UNREACHABLE")
    return data


def _wait(error: RemoteError, pause: float | None) -> float | None:
    """How many seconds to wait before it is tried again; None: that would be of no use."""
    if pause is None:
        return None
    if error.code == "RATE_LIMITED":
        asked = error.more.get("retryAfter")
        return float(asked) if isinstance(asked, int | float) and asked <= LONGEST_WAIT else None
    return pause if isinstance(error, UnreachableError) else None
