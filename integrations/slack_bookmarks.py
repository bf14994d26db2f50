"""Links above an incident's channel in Slack (docs.slack.dev/reference/methods/bookmarks.add)."""

from integrations.ports import Matter
from integrations.slack_api import Refused, SlackApi


async def bookmark(api: SlackApi, channel: str, matter: Matter) -> None:
    """What the incident links to and the channel does not yet. VendorError.

    A refusal is none of the incident: links also stand in the summary, and the examination names a missing scope.
    """
    wanted = [(words, url) for words, url in matter.links if url != matter.channel]
    try:
        answer = await api.read("bookmarks.list", channel_id=channel)
        present = {each.get("link") for each in answer.body.get("bookmarks") or []}
        for words, url in wanted:
            if url not in present:
                given = {"title": words, "type": "link", "link": url}
                await api.write("bookmarks.add", once=True, channel_id=channel, **given)
    except Refused:
        return
