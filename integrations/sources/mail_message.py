"""A mail as its headers and its text, whatever was sent: bounded before Python's own parser sees it.

That parser (the standard library's, policy.default) is patient with broken messages, but slow with some, and fails on
others in ways that it does not promise. So headers are cut, parts are counted as they are made, only so much of the
body is read, and whatever it raises is one refusal: the message is kept, and its sender is told.
"""

import codecs
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from typing import Any

import nh3

from actions.alerts.loose import cut, no_nul
from integrations.refusal import Reason, Refusal

READ = 131_072
"""Bytes of a message that are looked at: headers, and the text that stands before what is attached."""
MOST_PARTS = 30
HEADER = 2_000
"""Characters of one header."""
TEXT = 10_000
"""Characters of the text that is kept."""
MARKUP = 100_000
"""Bytes of a part that are read to find its text."""
SLOW = {"punycode", "idna"}
"""Codecs that are no charsets of mail, and take time that grows with the square of the text."""
NAMED = ("from", "to", "subject", "date", "message-id", "list-id")
BLOCKS = {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "blockquote"}
HINT = "Send a simpler message: a subject, and a text."


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, in texts that can be kept. `known`: whether any header was there that says something."""

    headers: dict[str, str]
    subject: str
    sender: str
    text: str
    notes: list[str] = field(default_factory=list)

    @property
    def known(self) -> bool:
        """Whether it is a mail at all."""
        return bool(self.subject or self.sender or self.headers)


class TooManyPartsError(Exception):
    """More parts than a mail of a monitor has: each level of nesting costs time for every line."""


class Bounded(EmailPolicy):
    """The default policy, with headers cut, and read as UTF-8 where somebody sent that raw (RFC 6532)."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """Name and value of a header as it was sent. Called before anything interprets it."""
        name, value = super().header_source_parse([line[: 2 * HEADER] for line in sourcelines[:100]])
        raw = value[:HEADER].encode("utf-8", "surrogateescape")
        try:
            return name[:100], raw.decode("utf-8")
        except UnicodeDecodeError:
            return name[:100], raw.decode("latin-1")


def opened(body: bytes) -> Letter:
    """A message. Refusal for one that Python's parser can't be given, or gives up on."""
    made: list[EmailMessage] = []

    def count(policy: Any = None) -> EmailMessage:
        if len(made) >= MOST_PARTS:
            raise TooManyPartsError
        made.append(EmailMessage(policy))
        return made[-1]

    parser = BytesFeedParser(count, policy=Bounded())
    try:
        parser.feed(body[:READ])
        return _letter(parser.close())
    except TooManyPartsError:
        words = f"The message has more than {MOST_PARTS} parts."
        raise Refusal(Reason.INVALID, words, hint=HINT) from None
    except Exception as error:  # (the parser raises many kinds, also RecursionError)
        words = "The message can't be read: it is broken in a way that is not understood."
        raise Refusal(Reason.MALFORMED, words, hint=HINT) from error


def _letter(message: Message) -> Letter:
    headers: dict[str, str] = {}
    for name in NAMED:
        if value := _header(message, name):
            headers[name] = value
    notes: list[str] = []
    subject, sender = headers.pop("subject", ""), headers.pop("from", "")
    return Letter(headers, subject, sender, _text(message, notes), notes)


def _header(message: Message, name: str) -> str:
    """A header in one line, decoded; as it was sent, where decoding fails."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name), "")
    try:
        value = str(message.get(name, "")).strip() or str(raw)
    except Exception:  # noqa: BLE001 (of broken headers the parser raises IndexError, AttributeError and others)
        value = str(raw)
    return cut(" ".join(no_nul(value.replace("\x00", "\ufffd")).split()), HEADER)


def _text(message: Message, notes: list[str]) -> str:
    """The first plain text that is no attachment, else the first HTML without its markup."""
    leaves = [part for part in message.walk() if not part.is_multipart() and not _attached(part)]
    for kind in ("text/plain", "text/html"):
        for part in leaves:
            if part.get_content_type() == kind and (text := _decoded(part, notes)).strip():
                return _tidy(_stripped(text) if kind == "text/html" else text)
    return ""


def _attached(part: Message) -> bool:
    return str(part.get_content_disposition() or "") == "attachment"


def _decoded(part: Message, notes: list[str]) -> str:
    """The text of a part by its charset; with a note where that is unknown, or is not what was sent."""
    payload = part.get_payload(decode=True)
    raw = payload[:MARKUP] if isinstance(payload, bytes) else b""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        return raw.decode("utf-8" if codecs.lookup(charset).name in SLOW else charset)
    except (LookupError, ValueError, TypeError):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if charset not in ("utf-8", "us-ascii"):
                notes.append(f"the text is not in {charset[:40]!r}, as its header says")
            return raw.decode("latin-1")


def _stripped(markup: str) -> str:
    """HTML as a text: blocks end lines, and what is no text (style, script) is gone."""
    clean = nh3.clean(markup, tags=BLOCKS, attributes={}, clean_content_tags={"script", "style", "title"})
    return html.unescape(re.sub(r"<[^<>]*>", "\n", clean)).replace("\xa0", " ")


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) if line.isspace() else line.rstrip() for line in no_nul(text).splitlines()]
    return cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), TEXT)
