"""Listening for mail, on aiosmtpd, while the API runs: MUSTER_SMTP_LISTEN. It never keeps the API from starting."""

import asyncio
import contextlib
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

from core.mail_in_settings import listen_address
from core.runtime import Runtime
from core.settings import Settings
from integrations.hooks import Gate
from integrations.mail_door import MailDoor

AGAIN = 30.0
"""Seconds until it is tried again to listen on a port that was taken."""
QUIET = 60.0
"""Seconds that a connection may take for one command, and for the whole of one mail."""
MOST_OPEN = 100
MOST_OF_ONE = 20
"""Connections at a time, of all and of one address; Postfix opens 20 at most to one server."""
LONGEST_LINE = 65_536
"""Bytes of a line: RFC 5321 allows 1,000, and monitors that send HTML heed that little."""
ENDLESS = 33_554_432
"""Bytes after which a connection is cut that sends one mail without end; larger than allowed is told at its end."""
BANNER = "Muster takes mail of monitors"
COMMANDS = {"*": 10_000}

log = logging.getLogger("muster")


@dataclass(slots=True)
class Listening:
    """What becomes of listening, for those who ask: the address in use, and why there is none."""

    wanted: str | None
    port: int | None = None
    fault: str | None = None
    open: dict["Connection", str] = field(default_factory=dict)

    async def fault_now(self) -> str | None:
        """Why no mail is taken at the moment; None if it is, or is not to be."""
        return self.fault


class Connection(SMTP):
    """A connection of a mail server. There are only so many at a time, and none sends without end."""

    line_length_limit = LONGEST_LINE

    def __init__(self, door: MailDoor, state: Listening, **more: Any) -> None:
        self._state = state
        self._counted: object = None
        self._bytes = 0
        super().__init__(door, **more)

    def connection_made(self, transport: Any) -> None:
        """Greet it, unless there are too many."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if self not in self._state.open:
            of_one = Counter(self._state.open.values())[address]
            if len(self._state.open) >= MOST_OPEN or of_one >= MOST_OF_ONE:
                transport.write(b"421 4.7.0 Too many connections; come again.\r\n")
                transport.close()
                return
            self._state.open[self] = address
        super().connection_made(transport)
        if self._handler_coroutine is not None:
            self._handler_coroutine.add_done_callback(_retrieved)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it."""
        if self._state.open.pop(self, None) is not None:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """End it."""
        return super().eof_received() if self in self._state.open else False

    def data_received(self, data: bytes) -> None:
        """Take what arrives, but no endless mail: aiosmtpd keeps a line until it ends."""
        if self not in self._state.open:
            return
        if self._counted is not self.envelope:
            self._counted, self._bytes = self.envelope, 0
        self._bytes += len(data)
        if self._bytes > ENDLESS and self.transport is not None:
            self._writer.write(b"552 5.3.4 This mail does not end.\r\n")
            self.transport.close()
            return
        super().data_received(data)

    def hang_up(self) -> None:
        """Close it: whatever was not answered comes again."""
        if self.transport is not None:
            self.transport.close()


def _retrieved(task: asyncio.Task[None]) -> None:
    """A connection that breaks off ends its task with that error: nobody else asks for it."""
    if not task.cancelled():
        task.exception()


def certificate(settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS is offered with, if there is a certificate. OSError (SSLError) for one that can't be used."""
    if settings.smtp_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.smtp_certificate, settings.smtp_certificate_key)
    return context


async def listen(runtime: Runtime, door: MailDoor, state: Listening) -> asyncio.Server:
    """A server on the running loop. OSError where it can't be."""
    settings, loop = runtime.settings, asyncio.get_running_loop()
    host, port = listen_address(settings.smtp_listen or "")
    context = certificate(settings)
    # aiosmtpd writes each command into its log: keys are no business of a log.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def connection() -> Connection:
        return Connection(
            door,
            state,
            data_size_limit=settings.max_body_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.mail_domain(settings.base_url),
            ident=BANNER,
            tls_context=context,
            timeout=QUIET,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=COMMANDS,
            loop=loop,
        )

    return await loop.create_server(connection, host or None, port)


@asynccontextmanager
async def taking_mail(runtime: Runtime, gate: Gate) -> AsyncIterator[Listening]:
    """Take mail while the block lasts, if a setting says where. A port that is taken is told, and tried again."""
    state = Listening(runtime.settings.smtp_listen)
    if state.wanted is None:
        yield state
        return
    door = MailDoor(runtime, gate)
    server = await _try(runtime, door, state)
    keeper = None if server is not None else asyncio.create_task(_keep_trying(runtime, door, state))
    try:
        yield state
    finally:
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                server = await keeper
        if server is not None:
            server.close()
        for connection in list(state.open):
            connection.hang_up()


async def _try(runtime: Runtime, door: MailDoor, state: Listening) -> asyncio.Server | None:
    try:
        server = await listen(runtime, door, state)
    except (OSError, OverflowError) as error:
        if state.fault is None:
            log.error(  # noqa: TRY400 (the reason is all there is to it)
                "MAIL IS NOT TAKEN: nobody can listen on MUSTER_SMTP_LISTEN=%s: %s. It is tried again every %d s; all"
                " else works.", state.wanted, error, AGAIN,
            )  # fmt: skip
        state.fault = str(error)
        return None
    state.port, state.fault = server.sockets[0].getsockname()[1], None
    log.info("api: taking mail on %s", state.wanted)
    return server


async def _keep_trying(runtime: Runtime, door: MailDoor, state: Listening) -> asyncio.Server:
    while True:
        await asyncio.sleep(AGAIN)
        if (server := await _try(runtime, door, state)) is not None:
            return server
