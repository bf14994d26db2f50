"""What people write in Slack, without Slack's markup for links and mentions.

https://docs.slack.dev/messaging/formatting-message-text, "Retrieving messages".
"""

import re
from collections.abc import Callable

MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
PERSON = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>]*)?>")

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """A text without what PostgreSQL does not keep."""
    return UNSTORABLE.sub("\ufffd", text)


def unescaped(text: str) -> str:
    """A text with Slack's three entities as the characters that they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> str:
    """A message as a person reads it, people by the names that stand beside them."""
    return _read(text, lambda person, label: f"@{label or person}")


def kept(text: str) -> str:
    """The same, but people are mentioned as `<@U12>`: what they are called may still be unknown (models.chat)."""
    return _read(text, lambda person, _: f"<@{person}>")


def _read(text: str, called: Callable[[str, str | None], str]) -> str:
    def shown(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):
            return called(target[1:], label)
        if target.startswith("!"):
            return label or f"@{target[1:].partition('^')[0]}"
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        return target if label in (None, "", target) else f"{label} ({target.removeprefix('mailto:')})"

    return unescaped(MARKED.sub(shown, text))
