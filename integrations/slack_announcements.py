"""Announcements in Slack: one message in one channel, edited as the incident changes, with updates as its thread.

It is found again by the incident's address in it, and an update by the name of a block.
"""

from typing import Any

from integrations.failures import Permanent
from integrations.news_card import cut
from integrations.pointing import points_to
from integrations.ports import Matter, Remark
from integrations.slack_api import SlackApi
from integrations.slack_channel import Bot
from integrations.slack_hook import SECTION, escaped
from integrations.slack_summary import LITERAL, UNFURLED, edited, links, plain, summary

TEST = "This is a test: Muster announces incidents here."
HIDDEN = "This incident is not announced any more."


async def post(api: SlackApi, channel: str, matter: Matter) -> str:
    """Announce; what Slack calls the message. VendorError."""
    sent = {"channel": channel, **summary(matter), **UNFURLED}
    return str((await api.write("chat.postMessage", once=True, **sent))["ts"])


async def find_posted(api: SlackApi, channel: str, matter: Matter, me: Bot) -> str | None:
    """The message that an earlier attempt may have posted."""
    async for message in api.pages("conversations.history", "messages", channel=channel):
        if me.wrote(message) and points_to(str(message.get("text") or ""), matter.url):
            return str(message["ts"])
    return None


async def amend(api: SlackApi, announcement: str, matter: Matter) -> None:
    """Let a message say how the incident is now; nothing, once it is private. VendorError."""
    channel, stamp = parted(announcement)
    said = {"text": HIDDEN, "blocks": [{"type": "section", "text": plain(HIDDEN)}], **LITERAL}
    shown = edited(said if matter.private else summary(matter))
    await api.write("chat.update", channel=channel, ts=stamp, **shown)


async def reply(api: SlackApi, announcement: str, matter: Matter, remark: Remark) -> str:
    """Write an update into the thread of an announcement; what Slack calls it. VendorError."""
    channel, stamp = parted(announcement)
    blocks: list[dict[str, Any]] = [
        {"type": "section", "block_id": remark.key, "text": {**plain(cut(remark.text, 2000)), "emoji": False}},
        links(matter.links[:1]),
    ]
    text = escaped(cut(f"{matter.reference}: {remark.text}", SECTION))
    sent = {"channel": channel, "thread_ts": stamp, "text": text, "blocks": blocks, **LITERAL, **UNFURLED}
    return str((await api.write("chat.postMessage", once=True, **sent))["ts"])


async def find_reply(api: SlackApi, announcement: str, remark: Remark, me: Bot) -> str | None:
    """The reply that an earlier attempt may have written."""
    channel, stamp = parted(announcement)
    async for message in api.pages("conversations.replies", "messages", channel=channel, ts=stamp):
        names = {block.get("block_id") for block in message.get("blocks") or []}
        if me.wrote(message) and remark.key in names:
            return str(message["ts"])
    return None


async def try_out(api: SlackApi, channel: str) -> None:
    """Post that it is a test. VendorError."""
    blocks = [{"type": "section", "text": plain(TEST)}]
    await api.write("chat.postMessage", once=True, channel=channel, text=TEST, blocks=blocks, **LITERAL, **UNFURLED)


def joined(channel: str, stamp: str) -> str:
    """What we call a message: its channel, and what Slack calls it there."""
    return f"{channel}/{stamp}"


def parted(message: str) -> tuple[str, str]:
    """The channel of a message, and what Slack calls it there. Permanent if it is none."""
    channel, slash, stamp = message.partition("/")
    if not slash:
        raise Permanent("It is not known where the announcement is.")
    return channel, stamp
