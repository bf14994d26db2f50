"""What was said in a channel of Slack, read back: docs.slack.dev/reference/methods/conversations.history and .replies.

Slack gives apps that are sold outside its marketplace 15 messages a minute; so no more are asked for at once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from actions.chat.heard import Said
from integrations.slack_api import Refused, SlackApi
from integrations.slack_events import said

PAGE = 15
"""Messages that are asked for at once."""
MOST_PAGES = 40
"""Of the replies to one message."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A message that was replied to."""

    stamp: str
    replies: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of what was said."""

    messages: list[Said]
    threads: list[Thread]
    cursor: str | None
    """Where the next part begins; None: this was the last."""


async def read_page(api: SlackApi, channel: str, since: str | None, cursor: str | None) -> HistoryPage:
    """A part of what was said in a channel since a moment, without replies in threads. VendorError.

    A `cursor` that Slack does not know any more begins anew.
    """
    bounds = {"oldest": since} if since else {}
    try:
        body = await _history(api, channel, bounds | ({"cursor": cursor} if cursor else {}))
    except Refused as refused:
        if refused.code != "invalid_cursor" or cursor is None:
            raise
        body = await _history(api, channel, bounds)
    written = body.get("messages") or []
    threads = [Thread(str(each.get("ts")), int(each["reply_count"])) for each in written if each.get("reply_count")]
    return HistoryPage(_said(written, channel), threads, _following(body))


async def read_replies(api: SlackApi, channel: str, stamp: str) -> AsyncIterator[Said]:
    """What was replied to a message, with that itself. VendorError."""
    following: str | None = None
    for _ in range(MOST_PAGES):
        more = {"cursor": following} if following else {}
        answer = await api.read("conversations.replies", channel=channel, ts=stamp, limit=str(PAGE), **more)
        for each in _said(answer.body.get("messages") or [], channel):
            yield each
        following = _following(answer.body)
        if following is None:
            return


async def _history(api: SlackApi, channel: str, bounds: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = (await api.read("conversations.history", channel=channel, limit=str(PAGE), **bounds)).body
    return body


def _said(written: list[dict[str, Any]], channel: str) -> list[Said]:
    return [found for each in written if (found := said(each, channel)) is not None]


def _following(body: dict[str, Any]) -> str | None:
    return (body.get("response_metadata") or {}).get("next_cursor") or None
