"""Messages for incoming webhooks of Microsoft Teams: an Adaptive Card in the envelope that workflows take.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

import re
from typing import Any

import orjson

from integrations.news_card import NewsCard, cut

COLOURS = {"good": "Good", "warning": "Warning", "bad": "Attention", "plain": "Default"}
TEXT = 10_000
"""Characters: a message has 28 kB at most."""

GONE = frozenset({404, 410})
"""What is answered once a workflow or a connector was removed."""

LIST = re.compile(r"(?m)^(\s*(?:\d+)?)([-+.#>])")
"""What begins a list, a heading or a quotation at the beginning of a line."""


def teams_card(card: NewsCard) -> dict[str, Any]:
    """The Adaptive Card, version 1.5."""
    body: list[dict[str, Any]] = [
        text_block(card.title, size="Large", weight="Bolder", style="heading"),
        text_block(card.state, color=COLOURS[card.tone], weight="Bolder", spacing="Small"),
        text_block(card.heading, weight="Bolder"),
        text_block(cut(card.text, TEXT)),
    ]
    if card.facts:
        body.append({"type": "FactSet", "facts": [{"title": name, "value": state} for name, state in card.facts]})
    if card.promise:
        body.append(text_block(card.promise, weight="Bolder"))
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": card.fallback,
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": words, "url": address} for words, address in card.links],
    }


def teams_body(card: NewsCard) -> bytes:
    """The message to post."""
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": teams_card(card),
    }
    return orjson.dumps({"type": "message", "summary": card.fallback, "attachments": [attachment]})


def text_block(text: str, **looks: str) -> dict[str, Any]:
    """Text of a card in which nothing that people wrote is markup."""
    # Text blocks know a little Markdown: what people wrote must not begin to link or to shout.
    return {"type": "TextBlock", "text": plain_text(text), "wrap": True, **looks}


def plain_text(text: str) -> str:
    """A text without Markdown: it neither links nor shouts, and begins no list."""
    escaped = "".join(f"\\{c}" if c in "\\*_[]`" else c for c in text)
    return LIST.sub(lambda found: f"{found[1]}\\{found[2]}", escaped)
