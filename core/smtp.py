"""SMTP_URL, read and checked: which mail server, how protected, as whom."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

MAIL_FOLDER = "mail"
"""In the data folder: where mail is kept when there is no server to hand it to."""
PORT_PLAIN = 25
PORT_SUBMISSION = 587
PORT_TLS = 465


class StartTls(StrEnum):
    """Whether a plain connection becomes a protected one before anything is said."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `tls` is protection from the first byte on (smtps)."""

    host: str
    port: int
    tls: bool
    starttls: StartTls
    username: str | None
    password: str | None


def parse_smtp_url(url: str) -> SmtpServer:
    """The server behind `smtp://user:password@host:port?starttls` or `smtps://…`; ValueError says what is wrong.

    `?starttls` (or `=true`, `=required`) insists on STARTTLS, `=never` (or `=false`) forgoes it; without it STARTTLS is
    used if offered, and insisted on as soon as there is a password to protect. Ports default to 465 for smtps, 587 with
    a user, else 25. User and password are percent-encoded where they hold `:`, `/`, `@` or `?`.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must look like smtp://user:password@host:587?starttls or smtps://host")
    username = unquote(parts.username) if parts.username else None
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (PORT_TLS if parts.scheme == "smtps" else PORT_SUBMISSION if username else PORT_PLAIN),
        tls=parts.scheme == "smtps",
        starttls=_starttls(parts.query, with_user=username is not None),
        username=username,
        password=unquote(parts.password) if parts.password else None,
    )


def _starttls(query: str, *, with_user: bool) -> StartTls:
    options = parse_qs(query, keep_blank_values=True)
    unknown = set(options) - {"starttls"}
    if unknown:
        raise ValueError(f"knows the option starttls and not {', '.join(sorted(unknown))}")
    if "starttls" not in options:
        return StartTls.REQUIRED if with_user else StartTls.OPTIONAL
    value = options["starttls"][-1]
    meant = {"": StartTls.REQUIRED, "true": StartTls.REQUIRED, "false": StartTls.NEVER}.get(value, value)
    if meant not in set(StartTls):
        raise ValueError(f"starttls is one of {', '.join(StartTls)}, true or false")
    return StartTls(meant)


def kept_as(message_id: str) -> str:
    """The name of the file in MAIL_FOLDER that a message is kept in, from its Message-ID."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", message_id.strip("<>")) + ".eml"
