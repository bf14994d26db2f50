"""What people write in Slack, without Slack's markup for links and mentions.

https://docs.slack.dev/messaging/formatting-message-text, "Retrieving messages".
"""

import re
from collections.abc import Mapping

MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
PERSON = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>]*)?>")

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """A text without what PostgreSQL does not keep."""
    return UNSTORABLE.sub("\ufffd", text)


def unescaped(text: str) -> str:
    """A text with Slack's three entities as the characters that they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """A message as a person reads it. `names`: what people are called, by what Slack calls them."""
    known = names or {}

    def shown(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target.startswith("@"):
            return f"@{known.get(target[1:]) or label or target[1:]}"
        if target.startswith("!"):
            return label or f"@{target[1:].partition('^')[0]}"
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        return target if label in (None, "", target) else f"{label} ({target.removeprefix('mailto:')})"

    return unescaped(MARKED.sub(shown, text))


def people_in(text: str) -> list[str]:
    """Whom a text mentions, as Slack calls them, each once."""
    return list(dict.fromkeys(PERSON.findall(text)))
