"""Handing mail to an SMTP server, or to a folder when there is none. Called by jobs only."""

import asyncio
import email.errors
import email.policy
import email.utils
import logging
import os
import re
import socket
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from core.settings import Settings
from core.smtp import SmtpServer, StartTls, parse_smtp_url

SECONDS = 30.0
"""For handing in one mail, connecting included."""

PERMANENT = 500
"""From this SMTP status on, trying again changes nothing (RFC 5321, 4.2.1)."""

LONGEST_LINE = 900
"""Columns of a header; RFC 5322 allows 998."""

MAIL_FOLDER = "mail"

log = logging.getLogger(__name__)


class MailDelayedError(Exception):
    """It may work later. `uncertain`: the server may have taken it all the same."""

    def __init__(self, message: str, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class MailRefusedError(Exception):
    """This mail to this recipient will never work. `code` is the server's, None if it was not asked."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person. `id` and `thread` are Message-IDs; everything of one incident shares a thread."""

    to: str
    subject: str
    text: str
    html: str
    id: str
    thread: str
    list_id: str
    moment: datetime


def build(letter: Letter, sender: str) -> EmailMessage:
    """The message, text and HTML, ready to be sent. MailRefusedError if the address of the recipient is none.

    No content can become a header: the email package refuses line breaks in values, and the subject is made one line.
    """
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = sender
    message["To"] = _address(letter.to)
    message["Date"] = email.utils.format_datetime(letter.moment)
    message["Message-ID"] = letter.id
    message["In-Reply-To"] = letter.thread
    message["References"] = letter.thread
    message["List-Id"] = letter.list_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation answers it
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def _address(text: str) -> Address:
    local, at, domain = text.rpartition("@")
    try:
        address = Address(addr_spec=f"{local}{at}{domain.encode('idna').decode()}")
    except (ValueError, UnicodeError, IndexError, email.errors.MessageError) as error:
        raise MailRefusedError(f"not an e-mail address: {text[:80]!r}") from error
    if not address.username.isascii():
        raise MailRefusedError(f"mail servers can't be relied on to know {text[:80]!r}: use an ASCII address")
    return address


def wire(message: EmailMessage) -> bytes:
    """The message as it travels. Folded at 78 columns, a long ASCII subject would begin with an empty line."""
    plain = str(message["Subject"]).isascii()
    return message.as_bytes(policy=email.policy.SMTP.clone(max_line_length=LONGEST_LINE) if plain else None)


async def send(message: EmailMessage, settings: Settings) -> None:
    """Hand a message in. MailDelayedError, MailRefusedError."""
    if settings.smtp_url is None:
        try:
            path = await asyncio.to_thread(_keep, message, settings.data_dir / MAIL_FOLDER)
        except OSError as error:  # a full disk, say: somebody can set it right, and the mail is not at fault
            raise MailDelayedError(f"can't write to the mail folder: {error.strerror}") from error
        log.info("no SMTP_URL: mail to %s is in %s", message["To"], path)
        return
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    try:
        async with asyncio.timeout(SECONDS):
            await _hand_in(message, server)
    except TimeoutError as error:
        raise MailDelayedError(f"the mail server took longer than {SECONDS:g} s", uncertain=True) from error


def _keep(message: EmailMessage, folder: Path) -> Path:
    """Write a message to a file named after its id, complete or not at all; writing it again replaces it.

    Only we may look into the folder: the data folder around it must be open to the user that PostgreSQL runs as.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / (re.sub(r"[^A-Za-z0-9.-]+", "_", message["Message-ID"].strip("<>")) + ".eml")
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(wire(message))
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)  # half a letter would only take up room
        raise
    return path


async def _hand_in(message: EmailMessage, server: SmtpServer) -> None:
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls,
        start_tls={StartTls.REQUIRED: True, StartTls.OPTIONAL: None, StartTls.NEVER: False}[server.starttls]
        if not server.tls
        else False,
        local_hostname=socket.gethostname(),  # the default asks DNS, and waits for it
        timeout=SECONDS,
    )
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        # Whatever it is, a wrong password or a full disk: somebody can set it right, and the mail is not at fault.
        raise MailDelayedError(f"can't use the mail server: {error}") from error
    try:
        await _transfer(client, message)
    finally:
        client.close()


async def _transfer(client: aiosmtplib.SMTP, message: EmailMessage) -> None:
    sender, recipient = message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec
    try:
        await client.sendmail(sender, [recipient], wire(message))
    except aiosmtplib.SMTPRecipientsRefused as error:
        refusal = error.recipients[0]
        raise _judged(refusal.code, refusal.message) from error
    except aiosmtplib.SMTPSenderRefused as error:  # MUSTER_MAIL_FROM: no mail at all goes out until it is set right
        raise MailDelayedError(f"the server refuses our address {sender}: {error.code} {error.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise _judged(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailDelayedError(f"lost the mail server: {error}", uncertain=True) from error


def _judged(code: int, said: str) -> MailDelayedError | MailRefusedError:
    text = f"{code} {said}"
    return MailRefusedError(text, code=code) if code >= PERMANENT else MailDelayedError(text)
