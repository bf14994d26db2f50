"""The channel of an incident in Slack: found, made, described, and its summary pinned, each step at most once."""

from dataclasses import dataclass, replace
from typing import Any

from integrations.failures import Permanent
from integrations.pointing import points_to
from integrations.ports import Matter
from integrations.slack_api import Refused, SlackApi
from integrations.slack_names import MOST, is_channel_of, names
from integrations.slack_summary import UNFURLED, edited, is_topic, purpose, summary, topic


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are in a workspace."""

    user: str
    bot: str | None
    url: str
    """Where people open the workspace, with a slash at the end."""

    def wrote(self, message: dict[str, Any]) -> bool:
        """Whether a message is ours."""
        return message.get("user") == self.user or (self.bot is not None and message.get("bot_id") == self.bot)


async def introduce(api: SlackApi) -> Bot:
    """Who we are. VendorError."""
    body = (await api.read("auth.test")).body
    url = str(body.get("url") or "")
    if not url.startswith("https://"):
        url = f"https://app.slack.com/client/{body.get('team_id')}/"
    return Bot(str(body.get("user_id")), body.get("bot_id"), url)


async def find(api: SlackApi, matter: Matter, pattern: str, me: Bot) -> dict[str, Any] | None:
    """The incident's channel, if it was made: it is among those that the bot is in, as it made it. VendorError."""
    kinds = {"types": "public_channel,private_channel", "exclude_archived": "true"}
    async for channel in api.pages("users.conversations", "channels", **kinds):
        if is_channel_of(channel, matter, pattern, me.user):
            found: dict[str, Any] = channel
            return found
    return None


async def create(api: SlackApi, matter: Matter, pattern: str, me: Bot, *, private: bool) -> tuple[dict[str, Any], bool]:
    """A channel, and whether it is new: it may have come into being while we looked for it. VendorError.

    One that has the name and is not ours stays as it is: ours gets another name.
    """
    looked = False
    for name in names(pattern, matter):
        try:
            made = await api.write("conversations.create", once=True, name=name, is_private=private)
        except Refused as refused:
            if refused.code != "name_taken":
                raise
        else:
            return made["channel"], True
        found = None if looked else await find(api, matter, pattern, me)
        looked = True
        if found is not None:
            return found, False
    raise Permanent(f"Slack has other channels of all {MOST} names that were tried (name_taken): change channel_name.")


async def describe(api: SlackApi, channel: dict[str, Any], matter: Matter) -> None:
    """Its purpose, by which it is found again, then its topic; what stands there already stays. VendorError."""
    key = str(channel["id"])
    if not points_to(_value(channel, "purpose"), matter.url):
        await api.write("conversations.setPurpose", channel=key, purpose=purpose(matter))
    if not _value(channel, "topic"):
        await api.write("conversations.setTopic", channel=key, topic=topic(matter))


async def pin(api: SlackApi, channel: str, matter: Matter, me: Bot, *, fresh: bool, pressable: bool) -> None:
    """The summary, posted and pinned; in a channel that is not `fresh` it may be either already. VendorError.

    `pressable`: with buttons.
    """
    if not fresh and await _pinned(api, channel, matter, me) is not None:
        return
    posted = None if fresh else await _posted(api, channel, matter, me)
    if posted is None:
        said = summary(matter, pressable=pressable)
        posted = (await api.write("chat.postMessage", once=True, channel=channel, **said, **UNFURLED))["ts"]
    try:
        await api.write("pins.add", channel=channel, timestamp=posted)
    except Refused as refused:
        if refused.code != "already_pinned":
            raise


async def refresh(api: SlackApi, channel: dict[str, Any], matter: Matter, me: Bot, *, pressable: bool) -> None:
    """The topic, and the summary, edited in place; one that somebody removed is posted again. VendorError.

    One that can't be pinned is edited all the same, before that is told.
    """
    key = str(channel["id"])
    before = _value(channel, "topic")
    if before != topic(matter) and (not before or is_topic(before)):
        await api.write("conversations.setTopic", channel=key, topic=topic(matter))
    stamp = await _pinned(api, key, matter, me)
    unpinned = None
    if stamp is None:
        try:
            await pin(api, key, matter, me, fresh=False, pressable=pressable)
        except Refused as refused:
            unpinned = refused
        stamp = await _posted(api, key, matter, me) if unpinned else await _pinned(api, key, matter, me)
    if stamp is not None:
        said = summary(replace(matter, channel=None), pressable=pressable)
        await api.write("chat.update", channel=key, ts=stamp, **edited(said))
    if unpinned is not None:
        raise unpinned


async def _pinned(api: SlackApi, channel: str, matter: Matter, me: Bot) -> str | None:
    """The summary that is pinned, by what Slack calls it."""
    items = (await api.read("pins.list", channel=channel)).body.get("items") or []
    messages = (item.get("message") or {} for item in items)
    return next((str(message["ts"]) for message in messages if _is_summary(message, matter, me)), None)


async def _posted(api: SlackApi, channel: str, matter: Matter, me: Bot) -> str | None:
    """The summary that an earlier attempt may have posted, by what Slack calls it."""
    async for message in api.pages("conversations.history", "messages", channel=channel):
        if _is_summary(message, matter, me):
            return str(message["ts"])
    return None


def _value(channel: dict[str, Any], name: str) -> str:
    return str((channel.get(name) or {}).get("value") or "")


def _is_summary(message: dict[str, Any], matter: Matter, me: Bot) -> bool:
    # That a purpose was set is a message, too, of whoever set it, and has the address in it.
    own = me.wrote(message) and message.get("subtype") in (None, "bot_message")
    return own and points_to(str(message.get("text") or ""), matter.url)
