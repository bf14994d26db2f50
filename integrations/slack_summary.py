"""What stands in the channel of an incident: its topic, its purpose, and the message that is pinned there.

What people wrote goes into plain text, where nothing is a mention or a link; what is Slack's markup is ours.
https://docs.slack.dev/reference/block-kit/blocks and, for the lengths, the pages of the methods.
"""

from collections.abc import Iterable
from typing import Any

from integrations.news_card import cut
from integrations.ports import Matter
from integrations.slack_deliveries import BUTTON
from integrations.slack_hook import HEADER, escaped
from models.words import Stage

ABOUT = 250
"""Characters of a topic and of a purpose, markup counted."""
LITERAL = {"parse": "none", "link_names": False}
"""Nothing in a text is looked for that would mention somebody."""
UNFURLED = {"unfurl_links": False, "unfurl_media": False}
"""Nothing is shown of what is behind a link; only for what is posted anew."""


def heading(matter: Matter) -> str:
    """`INC-7: Checkout is down`, and whether it is only an exercise."""
    return f"{'DRILL · ' if matter.drill else ''}{matter.reference}: {matter.title}"


def purpose(matter: Matter) -> str:
    """What the channel is for: the address, by which it is known again. No title: Slack links addresses here."""
    return f"{escaped(matter.url)} · {'DRILL · ' if matter.drill else ''}All there is on {matter.reference}, in Muster."


def is_topic(text: str) -> bool:
    """Whether a topic is one of ours, and nobody wrote another."""
    return text.removeprefix("DRILL · ").startswith("Severity: ")


def topic(matter: Matter) -> str:
    """How it stands."""
    drill = ["DRILL"] if matter.drill else []
    return _fitting(" · ".join([*drill, *(f"{name}: {value}" for name, value in _facts(matter))]), ABOUT)


def summary(matter: Matter, *, pressable: bool = False) -> dict[str, Any]:
    """The message to pin, as fields of chat.postMessage. `pressable`: with buttons, as we hear of those."""
    fields = [plain(f"{name}\n{value}") for name, value in _facts(matter)]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {**plain(cut(heading(matter), HEADER)), "emoji": False}},
        {"type": "section", "fields": fields},
        links(matter.links),
    ]
    if pressable:
        blocks.append({"type": "actions", "block_id": "muster", "elements": _buttons(matter)})
    if matter.private:
        blocks.append(
            {"type": "context", "elements": [plain("This incident is private: invite only who may know of it.")]}
        )
    return {"text": f"{escaped(cut(heading(matter), HEADER))} <{escaped(matter.url)}>", "blocks": blocks, **LITERAL}


def edited(message: dict[str, Any]) -> dict[str, Any]:
    """A message as fields of chat.update, whose link_names is another: names are none, unless it is said."""
    return {name: value for name, value in message.items() if name != "link_names"}


def links(given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """A block of words that lead to addresses."""
    # What ends an address, or begins its words, in Slack's markup.
    known = (f"<{escaped(url.replace('|', '%7C'))}|{escaped(words)}>" for words, url in given)
    return {"type": "section", "text": {"type": "mrkdwn", "text": " · ".join(known), "verbatim": True}}


def _buttons(matter: Matter) -> list[dict[str, Any]]:
    """What is done most in a channel, each a command in words (integrations.slack_commands)."""
    commands = {
        "Take command": f"role {matter.reference} commander me",
        "Publish an update": f"update {matter.reference}",
        "Tasks": f"task {matter.reference} list",
        "Status": f"status {matter.reference}",
    }
    if matter.stage is Stage.DETECTION:
        commands = {"Acknowledge": f"acknowledge {matter.reference}", **commands}
    return [
        {"type": "button", "action_id": f"{BUTTON}{number}", "value": words, "text": {**plain(label), "emoji": False}}
        for number, (label, words) in enumerate(commands.items())
    ]


def _facts(matter: Matter) -> list[tuple[str, str]]:
    return [
        ("Severity", matter.severity or "not yet known"),
        ("Stage", matter.stage.value.capitalize()),
        ("Commander", matter.commander or "nobody yet"),
    ]


def plain(text: str) -> dict[str, Any]:
    """A text in which nothing is markup."""
    return {"type": "plain_text", "text": cut(text, 2000)}


def _fitting(text: str, limit: int) -> str:
    """As much of a text as fits once it is escaped."""
    while len(escaped(text)) > max(limit, 1):
        text = cut(text, len(text) - 1)
    return escaped(text)
