"""Following a feed over a WebSocket (graphql-transport-ws), through lost connections: nothing missed, nothing twice.

Each message carries its cursor, and a new connection asks for what came after the last one that was handed out. The
server's order is that of the cursors (docs/guides/subscriptions.md), so this is exact.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from server.remote.api import Api
from server.remote.failures import RefusedError, RemoteError, SignedOutError, UnreachableError, refusal
from server.remote.wire import AGENT

PROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_SECONDS = 15.0
SILENCE = 90.0
"""Seconds without a message after which a connection is given up: the server sends one every 30."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
FORBIDDEN = 4403
AGAIN = frozenset({"SLOW_CONSUMER", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "UNREACHABLE"})
"""Errors that a new subscription after the same cursor mends."""

Message = dict[str, Any]


class LostError(Exception):
    """The connection is gone; another may come."""


@dataclass
class Feed:
    """A subscription whose one field has a `cursor`."""

    api: Api
    document: str
    variables: dict[str, Any]
    after: str
    """Whatever came after this is still to be handed out."""
    patience: float | None = None
    """Seconds without a connection after which it is given up; None: never."""
    lost: Callable[[str, float], None] = lambda *_: None
    """Told when a connection is lost: why, and in how many seconds it is tried again."""
    found: Callable[[], None] = lambda: None
    """Told when there is one again."""
    _since: float | None = field(default=None, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)
    _before: tuple[float | None, float] = field(default=(None, FIRST_PAUSE), init=False)
    """`_since` and `_pause` as they were before this connection: they go on if all it brings is a refusal."""

    def messages(self) -> Iterator[Message]:
        """Every message after `after`, and then as they come.

        RefusedError, SignedOutError when the server ends it for good; UnreachableError when patience does, or when it
        never began.
        """
        began = False
        while True:
            try:
                for message in self._connection():
                    began = True
                    yield message
            except LostError as error:
                self._lose(str(error), began=began)
            else:
                self._lose("the server ended it", began=began)

    def _connection(self) -> Iterator[Message]:
        """The messages of one connection. LostError at its end."""
        try:
            with self._open() as socket:
                self._begin(socket)
                while True:
                    message = self._read(socket)
                    if message is None:
                        return
                    yield message
                    self.after = message["cursor"]
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == FORBIDDEN:
                raise self._signed_out(error.rcvd.reason) from error
            raise LostError(str(error.rcvd.reason or error.rcvd.code) if error.rcvd else "it broke off") from error
        except (OSError, InvalidHandshake, TimeoutError, EOFError) as error:
            raise LostError(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error

    def _open(self) -> ClientConnection:
        url = f"ws{self.api.server.removeprefix('http')}/graphql"
        try:
            return connect(
                url,
                subprotocols=[PROTOCOL],
                open_timeout=OPEN_SECONDS,
                close_timeout=1,
                user_agent_header=AGENT,
                max_size=None,
            )
        except InvalidURI as error:
            raise UnreachableError(f"Can't reach {url}: {error}.", code="UNREACHABLE") from error

    def _begin(self, socket: ClientConnection) -> None:
        payload = {"Authorization": f"Bearer {self.api.token}"}
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        answer = json.loads(socket.recv(OPEN_SECONDS))
        if answer.get("type") != "connection_ack":
            raise LostError(f"it began with {str(answer)[:80]}")
        asked = {"query": self.document, "variables": {**self.variables, "after": self.after}}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
        if self._since is not None:
            self.found()
        self._before = self._since, self._pause
        self._since, self._pause = None, FIRST_PAUSE

    def _read(self, socket: ClientConnection) -> Message | None:
        """The next message; None when the subscription ended without an error."""
        while True:
            frame = json.loads(socket.recv(SILENCE))
            match frame["type"]:
                case "ping":
                    socket.send(json.dumps({"type": "pong"}))
                case "next" if not frame["payload"].get("errors"):
                    (message,) = frame["payload"]["data"].values()
                    self._before = None, FIRST_PAUSE
                    return dict(message)
                case "next":
                    self._refused(frame["payload"]["errors"])
                case "error":
                    self._refused(frame["payload"])
                case "complete":
                    return None

    def _refused(self, errors: list[dict[str, Any]]) -> None:
        error: RemoteError = refusal(errors, self.api.server)
        if error.code in AGAIN:
            self._since, self._pause = self._before
            raise LostError(error.message)
        if error.code == "CURSOR_EXPIRED":
            raise RefusedError(
                error.message,
                code=error.code,
                field="after",
                hint="Look at the incident with `muster incident show`, and watch it without --after.",
            )
        raise error

    def _signed_out(self, reason: str) -> SignedOutError:
        return SignedOutError(
            f"The server takes the token no more{f': {reason}' if reason else ''}.",
            code="UNAUTHENTICATED",
            hint=f"Run `muster login --server {self.api.server}`.",
        )

    def _lose(self, reason: str, *, began: bool) -> None:
        """Wait before the next attempt. UnreachableError when it is to be given up."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        patience = self.patience if began or self.patience is not None else OPEN_SECONDS
        if patience is not None and now + self._pause - self._since > patience:
            raise UnreachableError(
                f"Can't follow {self.api.server}: {reason}.",
                code="UNREACHABLE",
                hint=f"Go on with --after {self.after} once it is back.",
                cursor=self.after,
            )
        self.lost(reason, self._pause)
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
