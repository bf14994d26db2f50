"""What cards in Teams say of incidents (Adaptive Cards 1.5), within the 28 kB that a message may have."""

from collections.abc import Sequence
from typing import Any

import orjson

from integrations.news_card import cut
from integrations.ports import Matter
from integrations.teams_hook import plain_text, text_block

MOST_BYTES = 28_000
"""Of a message, by Teams' own limit."""
TEXT = 10_000
"""Characters of an update that are shown at first; fewer, if they don't fit."""
TITLE = 500
TEST = "This is a test: Muster announces incidents here."


def of_incident(matter: Matter) -> dict[str, Any]:
    """How an incident is: its title, severity, stage and commander, and where to go on."""
    facts = [
        ("Severity", matter.severity or "not yet known"),
        ("Stage", matter.stage.value.capitalize()),
        ("Commander", matter.commander or "nobody yet"),
    ]
    shown = [{"title": name, "value": plain_text(cut(value, TITLE))} for name, value in facts]
    return _card(_heading(matter), [_title(matter), {"type": "FactSet", "facts": shown}], matter.links)


def of_update(matter: Matter, text: str) -> dict[str, Any]:
    """An internal update, cut to what Teams takes."""
    size = TEXT
    while True:
        card = _card(_heading(matter), [_title(matter), text_block(cut(text, size))], matter.links[:1])
        if len(orjson.dumps(in_envelope(card))) <= MOST_BYTES:
            return card
        size //= 2


def of_trial() -> dict[str, Any]:
    """That it is a test."""
    return _card(TEST, [text_block(TEST)], ())


def in_envelope(card: dict[str, Any]) -> dict[str, Any]:
    """The message that a workflow takes."""
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _heading(matter: Matter) -> str:
    return cut(f"{'DRILL · ' if matter.drill else ''}{matter.reference}: {matter.title}", TITLE)


def _title(matter: Matter) -> dict[str, Any]:
    return text_block(_heading(matter), size="Large", weight="Bolder", style="heading")


def _card(fallback: str, body: Sequence[dict[str, Any]], links: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": fallback,
        "body": list(body),
        "actions": [{"type": "Action.OpenUrl", "title": words, "url": address} for words, address in links],
    }
