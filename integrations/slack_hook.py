"""Messages for Slack's incoming webhooks, in Block Kit with a text to fall back on.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and its limits for blocks.
"""

from typing import Any

import orjson

from integrations.news_card import NewsCard, cut

HEADER, SECTION, FIELDS = 150, 3000, 10
"""Characters of a header and of a section, fields of a section: what Slack takes at most."""

GONE = frozenset({404, 410})
"""What Slack answers once a webhook was removed (no_service) or its channel archived (channel_is_archived)."""


def escaped(text: str) -> str:
    """A text in which nothing is a mention, a channel or a link (Slack, "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_body(card: NewsCard) -> bytes:
    """The message to post."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": cut(card.title, HEADER), "emoji": False}},
        _section(f"*{escaped(card.state)}*\n{escaped(card.heading)}"),
        _section(escaped(card.text)),
    ]
    if card.facts:
        fields = [
            {"type": "mrkdwn", "text": cut(f"{escaped(name)}: *{escaped(state)}*", 2000)}
            for name, state in card.facts[:FIELDS]
        ]
        blocks.append({"type": "section", "fields": fields})
    if card.promise:
        blocks.append(_section(f"*{escaped(card.promise)}*"))
    links = " · ".join(f"<{address}|{escaped(words)}>" for words, address in card.links)
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": links}]})
    return orjson.dumps({"text": escaped(card.fallback), "blocks": blocks})


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SECTION)}}
