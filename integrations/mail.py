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
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from core import tracing
from core.settings import Settings
from core.smtp import MAIL_FOLDER, SmtpServer, StartTls, kept_as, parse_smtp_url
from core.tracing import Kind

SECONDS = 30.0
"""For handing in one mail, connecting included."""

PERMANENT = 500
"""From this SMTP status on, trying again changes nothing (RFC 5321, 4.2.1)."""

LONGEST_LINE = 900
"""Columns of a header; RFC 5322 allows 998."""

log = logging.getLogger(__name__)


class MailDelayedError(Exception):
    """It may work later. `uncertain`: the server may have taken it all the same."""

    def __init__(self, message: str, *, uncertain: bool = False) -> None:
        super().__init__(message)
        self.uncertain = uncertain


class MailRefusedError(Exception):
    """This mail to this recipient will never work. `code` is the server's, None if it was not asked.

    `unknown_recipient`: the server refuses the address as such (at RCPT), whatever the mail says.
    """

    def __init__(self, message: str, *, code: int | None = None, unknown_recipient: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.unknown_recipient = unknown_recipient


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """An iCalendar file of a letter, and its method, which programs look for in the media type (RFC 6047, 2.4)."""

    name: str
    method: str
    content: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person. `id` and `thread` are Message-IDs; everything of one incident shares a thread.

    The first mail of a thread whose others answer it has no `thread` itself.
    """

    to: str
    subject: str
    text: str
    html: str
    id: str
    thread: str | None
    list_id: str
    moment: datetime
    unsubscribe: str | None = None
    """Where a POST ends the subscription that it is sent for (RFC 8058)."""
    calendar: CalendarFile | None = None


def build(letter: Letter, sender: str) -> EmailMessage:
    """The message, text and HTML, ready to be sent. MailRefusedError if the address of the recipient is none.

    No content can become a header: the email package refuses line breaks in values, and the subject is made one line.
    """
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = sender
    message["To"] = address_of(letter.to)
    message["Date"] = email.utils.format_datetime(letter.moment)
    message["Message-ID"] = letter.id
    if letter.thread is not None:
        message["In-Reply-To"] = letter.thread
        message["References"] = letter.thread
    message["List-Id"] = letter.list_id
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation answers it
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.calendar is not None:
        message.add_attachment(
            letter.calendar.content,
            subtype="calendar",
            params={"method": letter.calendar.method},
            filename=letter.calendar.name,
            cte="base64",
        )
    return message


def address_of(text: str) -> Address:
    """An address as mail servers take it. MailRefusedError if it is none."""
    local, at, domain = text.rpartition("@")
    try:
        address = Address(addr_spec=f"{local}{at}{domain.encode('idna').decode()}")
    except (ValueError, UnicodeError, IndexError, email.errors.MessageError) as error:
        raise MailRefusedError(f"not an e-mail address: {text[:80]!r}") from error
    if not address.username.isascii():
        raise MailRefusedError(f"mail servers can't be relied on to know {text[:80]!r}: use an ASCII address")
    return address


SUBJECT = re.compile(rb"^Subject:.*?\r\n(?![ \t])", re.DOTALL | re.MULTILINE)


def wire(message: EmailMessage) -> bytes:
    """The message as it travels.

    Folded at 78 columns by the policy, a long ASCII subject would begin with an empty line, and another one would get
    spaces where its encoded words are joined: email.header folds them as RFC 2047 says.
    """
    subject = str(message["Subject"])
    content = message.as_bytes(policy=email.policy.SMTP.clone(max_line_length=LONGEST_LINE))
    if subject.isascii():
        return content
    folded = Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
    return SUBJECT.sub(lambda _: f"Subject: {folded}\r\n".encode("ascii"), content, count=1)


@dataclass(frozen=True, slots=True)
class Wired:
    """A message as it travels, and between whom."""

    sender: str
    recipient: str
    id: str
    content: bytes


def wired(message: EmailMessage) -> Wired:
    """A message, ready to be handed in."""
    sender, recipient = message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec
    return Wired(sender, recipient, message["Message-ID"], wire(message))


async def send(built: EmailMessage, settings: Settings) -> None:
    """Hand a message in, on a connection of its own. MailDelayedError, MailRefusedError."""
    message = wired(built)
    if settings.smtp_url is None:
        await keep(message, settings)
        return
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    try:
        with tracing.span("hand in a mail", Kind.CLIENT):
            async with asyncio.timeout(SECONDS):
                await _hand_in(message, server)
    except TimeoutError as error:
        raise MailDelayedError(f"the mail server took longer than {SECONDS:g} s", uncertain=True) from error


async def keep(message: Wired, settings: Settings) -> None:
    """Put a message into the mail folder, where there is no mail server. MailDelayedError."""
    try:
        path = await asyncio.to_thread(_keep, message, settings.data_dir / MAIL_FOLDER)
    except OSError as error:  # a full disk, say: somebody can set it right, and the mail is not at fault
        raise MailDelayedError(f"can't write to the mail folder: {error.strerror}") from error
    log.info("no SMTP_URL: mail to %s is in %s", message.recipient, path)


def _keep(message: Wired, folder: Path) -> Path:
    """Write a message to a file named after its id, complete or not at all; writing it again replaces it.

    Only we may look into the folder: the data folder around it must be open to the user that PostgreSQL runs as.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / kept_as(message.id)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(message.content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)  # half a letter would only take up room
        raise
    return path


async def _hand_in(message: Wired, server: SmtpServer) -> None:
    client = await connect(server)
    try:
        await transfer(client, message)
    finally:
        client.close()


async def connect(server: SmtpServer) -> aiosmtplib.SMTP:
    """A connection to a mail server, signed in.

    MailDelayedError: whatever it is, a wrong password or a full disk, somebody can set it right; no mail is at fault.
    """
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
        raise MailDelayedError(f"can't use the mail server: {error}") from error
    return client


async def transfer(client: aiosmtplib.SMTP, message: Wired) -> None:
    """Hand in a message on a connection that serves others before and after. MailDelayedError, MailRefusedError."""
    sender = message.sender
    try:
        await client.sendmail(sender, [message.recipient], message.content)
    except aiosmtplib.SMTPRecipientsRefused as error:
        refusal = error.recipients[0]
        raise _judged(refusal.code, refusal.message, at_recipient=True) from error
    except aiosmtplib.SMTPSenderRefused as error:  # MUSTER_MAIL_FROM: no mail at all goes out until it is set right
        raise MailDelayedError(f"the server refuses our address {sender}: {error.code} {error.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise _judged(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailDelayedError(f"lost the mail server: {error}", uncertain=True) from error


def _judged(code: int, said: str, *, at_recipient: bool = False) -> MailDelayedError | MailRefusedError:
    text = f"{code} {said}"
    if code < PERMANENT:
        return MailDelayedError(text)
    # 5.7.x is about us and the server's rules, not about whether there is such a mailbox (RFC 3463, 3.8).
    return MailRefusedError(text, code=code, unknown_recipient=at_recipient and not said.startswith("5.7."))
