"""Links above an incident's channel in Slack (docs.slack.dev/reference/methods/bookmarks.list and others)."""

from typing import Any

from integrations.ports import Matter
from integrations.slack_api import Refused, SlackApi
from integrations.slack_channel import Bot


async def bookmark(api: SlackApi, channel: str, matter: Matter, me: Bot) -> None:
    """Bring the links up to date: those that are missing are added, ours that lead elsewhere edited. VendorError.

    What a person added, or changed last, stays as it is. A refusal is none of the incident: links also stand in the
    summary, and the examination names a missing scope.
    """
    wanted = {words: url for words, url in matter.links if url != matter.channel}
    try:
        present = (await api.read("bookmarks.list", channel_id=channel)).body.get("bookmarks") or []
        ours = {each.get("title"): each for each in present if each.get("last_updated_by_user_id") == me.user}
        there = {each.get("link") for each in present}
        for words, url in wanted.items():
            if url not in there:
                await _put(api, channel, words, url, ours.get(words))
    except Refused:
        return


async def _put(api: SlackApi, channel: str, words: str, url: str, ours: dict[str, Any] | None) -> None:
    """A link under these words, in the place of the one that we put there before."""
    given: dict[str, Any] = {"channel_id": channel, "title": words, "link": url}
    if ours is not None:
        await api.write("bookmarks.edit", bookmark_id=str(ours["id"]), **given)
    else:
        await api.write("bookmarks.add", once=True, type="link", **given)
