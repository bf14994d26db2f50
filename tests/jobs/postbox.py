"""A real mail server that keeps what it gets, and answers as it is told."""

import asyncio
import email
import email.policy
import ssl
import warnings
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Postbox:
    """What arrived, in order. `answers`: what it says to recipients, by address; `after_data`: to any content."""

    def __init__(self):
        self.arrived = []
        self.answers = {}
        self.after_data = None
        self.logins = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 (aiosmtpd's name)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.after_data is not None:
            return self.after_data
        self.arrived.append(
            email.message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
        )
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, login):
        assert isinstance(login, LoginPassword)
        self.logins.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=login.password == b"p@ss/word", handled=False)


@asynccontextmanager
async def postbox(*, tls: ssl.SSLContext | None = None, implicit: bool = False, **more):
    """A server on a port of its own: (postbox, port). With `tls` it offers STARTTLS (or smtps) and takes logins."""
    box = Postbox()
    if tls and not implicit:
        more |= {"tls_context": tls, "require_starttls": False}
    if tls:
        more |= {"authenticator": box.authenticate, "auth_required": True, "auth_require_tls": not implicit}
    loop = asyncio.get_running_loop()

    def protocol():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # aiosmtpd takes a login over smtps for one without TLS
            return SMTP(box, hostname="mail.example", loop=loop, **more)

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)
    try:
        yield box, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
