"""Addresses of subscribers, read and checked: what may be written to at all, whoever asks.

Whether an address is known here plays no part, so that nothing about that can be learned from a refusal.
"""

import fnmatch
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from typing import Self
from urllib.parse import urlsplit

from actions import check
from core.errors import invalid
from core.phrase import phrase
from core.settings import Settings
from models.words import Channel

LONGEST_MAIL = 254
"""RFC 5321, 4.5.3.1.3 less the angle brackets."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where the incoming webhooks of chats may be, as patterns; whether plain http is taken, as inside a network."""

    of: Mapping[Channel, Sequence[str]]
    plain: bool

    @classmethod
    def by(cls, settings: Settings) -> Self:
        """As it was set."""
        known = {Channel.SLACK: settings.slack_hosts, Channel.TEAMS: settings.teams_hosts}
        return cls(known, settings.webhook_allow_private)


@dataclass(frozen=True, slots=True)
class Address:
    """Somewhere that can be told of news: an e-mail address or a URL, in the one way in which we write it."""

    channel: Channel
    value: str

    @property
    def digest(self) -> bytes:
        """Tells it apart from others without telling it."""
        same = self.value.lower() if self.channel is Channel.EMAIL else self.value
        return hashlib.sha256(f"muster subscriber\0{self.channel}\0{same}".encode()).digest()

    @property
    def host(self) -> str | None:
        """The host of a URL; None for mail."""
        return None if self.channel is Channel.EMAIL else urlsplit(self.value).hostname


def read_address(channel: Channel, text: str, hosts: Hosts) -> Address:
    """An address as somebody wrote it. INVALID_INPUT on `address` says what is wrong with it."""
    return read_mail(text) if channel is Channel.EMAIL else Address(channel, _url(channel, text, hosts))


def read_mail(text: str, field: str = "address") -> Address:
    """An e-mail address. INVALID_INPUT on `field`."""
    return Address(Channel.EMAIL, _mail(text, field))


def _mail(text: str, field: str) -> str:
    """The address with its domain in lower case and in ASCII; what stands before the @ is the receiver's business."""
    hint = phrase("Write it like name@example.com.")
    stripped = check.text(text, field, limit=LONGEST_MAIL)
    local, at, domain = stripped.rpartition("@")
    try:
        found = MailAddress(addr_spec=f"{local}{at}{domain.lower().encode('idna').decode()}")
    except (ValueError, UnicodeError, IndexError, MessageError):
        raise invalid(field, _no_mail(stripped), hint) from None
    unusual = not found.username.isascii() or any(c.isspace() or c in '"(),:;<>[\\]' for c in found.username)
    if not found.username or "." not in found.domain.strip(".") or unusual:
        raise invalid(field, _no_mail(stripped), hint)
    return f"{found.username}@{found.domain}"


def _no_mail(text: str) -> str:
    return phrase("%(text)r is not an e-mail address.", text=text[:80])


def _url(channel: Channel, text: str, hosts: Hosts) -> str:
    address = check.web_address(text, "address")
    parts = urlsplit(address)
    if parts.scheme != "https" and not hosts.plain:
        raise invalid(
            "address",
            phrase("The address does not begin with https://."),
            phrase("Use https: the news travels sealed."),
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise invalid("address", phrase("The address holds credentials or a fragment (#…)."), phrase("Leave them out."))
    if not address.isascii():
        raise invalid(
            "address", phrase("The address holds letters that are not ASCII."), phrase("Escape them, as browsers do.")
        )
    host = (parts.hostname or "").lower()
    known = hosts.of.get(channel)
    if known is not None and not any(fnmatch.fnmatchcase(host, pattern) for pattern in known):
        name = {Channel.SLACK: "Slack", Channel.TEAMS: "Microsoft Teams"}[channel]
        raise invalid(
            "address",
            phrase("%(host)s is not a host of %(name)s's incoming webhooks.", host=host, name=name),
            phrase(
                "Copy the address that %(name)s shows; its host is one of these: %(known)s.",
                name=name,
                known=", ".join(known),
            ),
        )
    return address
