"""What the Events API tells that matters here: what is said in channels, changed, taken back, pinned, reacted to.

https://docs.slack.dev/reference/events/message and its subtypes, pin_added, reaction_added.
"""

import re
from collections.abc import Mapping
from typing import Any

from actions.chat.heard import Heard, Mark, Said, Struck
from integrations.slack_text import kept, storable

LONGEST = 20_000
"""Characters of a message that are kept; Slack takes 40,000 and cuts those that apps post at 4,000."""
MOST_FILES = 20
STAMP = re.compile(r"[0-9]{10}\.[0-9]{6}")
"""What Slack calls a message of a channel: the moment, in seconds and microseconds."""
NAME = re.compile(r"[A-Z0-9]{2,30}")
"""What Slack calls channels and people."""

SPOKEN = frozenset({None, "bot_message", "me_message", "file_share", "thread_broadcast"})
"""Kinds of messages in which somebody says something. The others tell that somebody came in, set the topic, …"""

Event = Mapping[str, Any]


def heard(event: Event) -> Heard | None:
    """What an event tells; None if it is nothing that is kept."""
    kind = event.get("type")
    if kind == "message":
        return _message(event)
    if kind == "pin_added":
        item = _object(event, "item")
        return _mark(event, item, _object(item, "message").get("ts"), event.get("channel_id"), None)
    if kind == "reaction_added":
        item = _object(event, "item")
        return _mark(event, item, item.get("ts"), item.get("channel"), event.get("reaction"))
    return None


def _message(event: Event) -> Said | Struck | None:
    channel, subtype = _name(event.get("channel")), event.get("subtype")
    if channel is None:
        return None
    if subtype == "message_deleted":
        stamp = _stamp(event.get("deleted_ts"))
        return Struck(channel, stamp) if stamp else None
    if subtype != "message_changed":
        return said(event, channel)
    message = _object(event, "message")
    stamp = _stamp(message.get("ts"))
    if message.get("subtype") == "tombstone":  # what is left of a message that was deleted and had been replied to
        return Struck(channel, stamp) if stamp else None
    return said(message, channel)


def said(message: Event, channel: str) -> Said | None:
    """What somebody said, as messages stand in events and in answers of the Web API; None for other messages."""
    stamp, thread = _stamp(message.get("ts")), _stamp(message.get("thread_ts"))
    if stamp is None or message.get("subtype") not in SPOKEN:
        return None
    return Said(
        channel,
        stamp,
        thread=thread if thread != stamp else None,
        author=_name(message.get("user")),
        bot=bool(message.get("bot_id")) or message.get("subtype") == "bot_message",
        text=_cut(kept(str(message.get("text") or ""))),
        files=_files(message.get("files")),
        edited=_stamp(_object(message, "edited").get("ts")),
    )


def _mark(event: Event, item: Event, stamp: object, channel: object, reaction: object) -> Mark | None:
    where, which, who = _name(channel), _stamp(stamp), _name(event.get("user"))
    if item.get("type") != "message" or where is None or which is None or who is None:
        return None
    whole = said(_object(item, "message"), where) if "message" in item else None
    return Mark(where, which, who, str(reaction)[:100] if reaction is not None else None, whole)


def _files(files: object) -> list[dict[str, str]]:
    """Their names, and where they are: what is in them stays there."""
    listed = files if isinstance(files, list) else []
    return [
        {"name": _cut(each.get("name") or each.get("title") or "file")[:300], "url": _cut(each.get("permalink"))[:2000]}
        for each in listed[:MOST_FILES]
        if isinstance(each, dict)
    ]


def _object(holder: Event, name: str) -> Event:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _cut(text: object) -> str:
    whole = storable(text if isinstance(text, str) else "")
    return whole if len(whole) <= LONGEST else f"{whole[: LONGEST - 1]}…"


def _stamp(value: object) -> str | None:
    return value if isinstance(value, str) and STAMP.fullmatch(value) else None


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and NAME.fullmatch(value) else None
