"""What is said in an incident's channel in Slack, once: it is found again by the name of its first block."""

from typing import Any

from integrations.failures import Permanent
from integrations.news_card import cut
from integrations.ports import Matter, Remark
from integrations.slack_api import SlackApi
from integrations.slack_channel import Bot
from integrations.slack_deliveries import BUTTON
from integrations.slack_hook import SECTION, escaped
from integrations.slack_summary import LITERAL, UNFURLED, plain

PART = 2900
"""Characters of one block; Slack takes 3,000."""
LABEL = 75
"""Characters of what stands on a button, by Slack's own limit."""
MOST = 10
"""Blocks of a message: all of a text that Muster keeps."""
OTHERS_READ = "The incident is private and its channel is not: nothing is said there."


async def say(api: SlackApi, channel: str, matter: Matter, remark: Remark, *, pressable: bool) -> str:
    """Post a text; what Slack calls the message. Permanent in an archived channel, and where others read.

    `pressable`: a question has a button for each answer, as we hear of those.
    """
    there = (await api.read("conversations.info", channel=channel)).body["channel"]
    if matter.private and there.get("is_private") is not True:
        raise Permanent(OTHERS_READ)
    blocks = [_block(part) for part in parts_of(remark.text)]
    blocks[0]["block_id"] = remark.key
    if pressable and remark.question is not None:
        blocks += _ways(matter, remark)
    text = escaped(remark.text[:SECTION])[:SECTION]
    sent = {"channel": channel, "text": text, "blocks": blocks, **LITERAL, **UNFURLED}
    return str((await api.write("chat.postMessage", once=True, **sent))["ts"])


async def find_said(api: SlackApi, channel: str, remark: Remark, me: Bot) -> str | None:
    """The message that an earlier attempt may have posted."""
    async for message in api.pages("conversations.history", "messages", channel=channel):
        names = {block.get("block_id") for block in message.get("blocks") or []}
        if me.wrote(message) and remark.key in names:
            return str(message["ts"])
    return None


def parts_of(text: str) -> list[str]:
    """A text in parts that fit into blocks, cut between lines where that is possible."""
    parts: list[str] = []
    rest = text
    while rest and len(parts) < MOST:
        end = len(rest) if len(rest) <= PART else max(rest.rfind("\n", 1, PART), 0) or PART
        part, rest = rest[:end], rest[end:].lstrip("\n")
        if part.strip():
            parts.append(part)
    return parts


def _ways(matter: Matter, remark: Remark) -> list[dict[str, Any]]:
    """How a question is answered in the channel: by its buttons, each a command in words, or by writing one."""
    asked = f"{matter.reference} #{remark.question}"
    if not remark.choices:
        return [{"type": "context", "elements": [plain(f"Or write: /muster answer {asked} …")]}]
    buttons = [
        {
            "type": "button",
            "action_id": f"{BUTTON}answer:{number}",
            "value": f"answer {asked}/{number}",
            "text": {**plain(cut(choice, LABEL)), "emoji": False},
        }
        for number, choice in enumerate(remark.choices, 1)
    ]
    return [{"type": "actions", "block_id": f"{remark.key}-ways", "elements": buttons}]


def _block(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
