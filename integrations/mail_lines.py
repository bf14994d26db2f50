"""Handing in many mails over few connections: each is used for many, and given up as soon as it is in doubt."""

import asyncio
from types import TracebackType
from typing import Self

import aiosmtplib

from core.settings import Settings
from core.smtp import SmtpServer, parse_smtp_url
from integrations.mail import SECONDS, MailDelayedError, Wired, connect, keep, transfer

MOST_A_CONNECTION = 100
"""Mails, after which a connection is replaced: servers end it at some number of their own (Postfix at 100)."""


class MailServerAwayError(MailDelayedError):
    """No connection could be made: that is nobody's mail's fault, and the next mail would fare no better."""


class MailLine:
    """One connection at a time, opened when it is needed. Without SMTP_URL mails go to the mail folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        url = settings.smtp_url
        self._server: SmtpServer | None = parse_smtp_url(url.get_secret_value()) if url else None
        self._client: aiosmtplib.SMTP | None = None
        self._sent = 0

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first mail."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, briefly."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(1):
                await client.quit()
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            client.close()

    async def send(self, message: Wired) -> None:
        """Hand a message in. MailServerAwayError, MailDelayedError, MailRefusedError."""
        if self._server is None:
            await keep(message, self._settings)
            return
        client = await self._connected(self._server)
        try:
            async with asyncio.timeout(SECONDS):
                await transfer(client, message)
        except TimeoutError as error:
            self._drop()
            raise MailDelayedError(f"the mail server took longer than {SECONDS:g} s", uncertain=True) from error
        except MailDelayedError:
            self._drop()  # 421 and lost connections among them: the next mail begins on a fresh one
            raise
        self._sent += 1

    async def _connected(self, server: SmtpServer) -> aiosmtplib.SMTP:
        if self._client is not None and (not self._client.is_connected or self._sent >= MOST_A_CONNECTION):
            self._drop()
        if self._client is None:
            try:
                async with asyncio.timeout(SECONDS):
                    self._client = await connect(server)
            except TimeoutError as error:
                raise MailServerAwayError(f"the mail server did not answer within {SECONDS:g} s") from error
            except MailDelayedError as error:
                raise MailServerAwayError(str(error)) from error
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client, self._sent = None, 0
