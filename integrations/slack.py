"""Slack: a channel for an incident, with what whoever comes in must know pinned in it, and its members invited.

Each step can be the last of an attempt. So the next one finds what is there, by the bot that made the channel and by
the incident's address in it, and adds what is missing: never a second channel, never a second summary.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from actions.chat.heard import Said
from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.failures import Permanent
from integrations.ports import Matter, Note, Remark, Speak
from integrations.slack_announcements import amend, find_posted, find_reply, joined, post, reply, try_out
from integrations.slack_api import JSON, Refused, SlackApi
from integrations.slack_bookmarks import bookmark
from integrations.slack_channel import Bot, create, describe, find, introduce, pin, refresh
from integrations.slack_configuration import SlackConfiguration
from integrations.slack_direct import tell
from integrations.slack_events import said
from integrations.slack_flaws import Flaws
from integrations.slack_forms import waiting
from integrations.slack_guests import invite as let_in
from integrations.slack_history import HistoryPage, read_page, read_replies
from integrations.slack_people import Known, who_is
from integrations.slack_saying import find_said, say
from integrations.slack_scopes import checks, examined

GONE = frozenset({"thread_not_found", "message_not_found"})


VENDOR = Vendor(
    "slack",
    "Slack",
    frozenset({Port.CHAT, Port.SAY, Port.ANNOUNCE, Port.MESSAGE}),
    SlackConfiguration,
    needs={Port.ANNOUNCE: "announcement_channel"},
    listens=True,
)


class Slack:
    """One workspace."""

    def __init__(self, configuration: SlackConfiguration, speak: Speak) -> None:
        self._given, self._speak = configuration, speak
        self._api = SlackApi(configuration.token.get_secret_value(), configuration.base_url, speak)

    async def reach(self, address: str, note: Note) -> Made:
        """A direct message to whoever has an e-mail address there. VendorError."""
        return Made(await tell(self._api, address, note))

    async def check(self) -> list[Check]:
        """Whether the token is good, and has each scope that is needed."""
        answer = await self._api.read("auth.test")
        team, name = (str(answer.body.get(field) or "?") for field in ("team", "user"))
        token = Check("token", Result.OK, f"It is that of {name} in the workspace {team}.")
        if not answer.body.get("bot_id"):
            token = Check("token", Result.WRONG, "It is a person's. Enter the bot token, which begins with xoxb-.")
        inbound = self._given.signing_secret is not None
        taken = (
            "What it signed with it is taken." if inbound else "It is not entered: nothing that Slack sends is taken."
        )
        secret = Check("signing_secret", Result.OK, taken)
        found = [token, secret, *checks(answer.headers.get("x-oauth-scopes", ""), inbound=inbound)]
        if self._given.announcement_channel is not None:
            found.append(await examined(self._api, self._given.announcement_channel))
        return found

    async def open_channel(self, matter: Matter, *, again: bool) -> Made:
        """The channel, complete."""
        api, pattern = self._api, self._given.channel_name
        me = await introduce(api)
        channel, fresh = (await find(api, matter, pattern, me) if again else None), False
        if channel is None:
            private = self._given.private_channels or matter.private
            channel, fresh = await create(api, matter, pattern, me, private=private)
        if matter.private and channel.get("is_private") is not True:
            raise Permanent("Slack made a public channel for a private incident: nothing was told there.")
        key = str(channel["id"])
        await describe(api, channel, matter)
        flaws = Flaws()
        await flaws.but(pin(api, key, matter, me, fresh=fresh, pressable=self.listens))
        uninvited = await flaws.but(let_in(api, key, matter.members, fresh=fresh))
        return Made(key, f"{me.url}archives/{key}", uninvited or (), flaws=flaws.words)

    @property
    def pin_reaction(self) -> str:
        """The reaction that marks a message as important; empty: none does."""
        return self._given.pin_reaction

    async def who_is(self, user: str, team: str) -> Known:
        """Who somebody is. VendorError."""
        return await who_is(self._api, user, team)

    async def message(self, channel: str, stamp: str) -> Said | None:
        """A message of a channel, in a thread or not; None if it is not there (any more). VendorError."""
        given = {"channel": channel, "ts": stamp, "latest": stamp, "inclusive": "true", "limit": "1"}
        try:
            found = (await self._api.read("conversations.replies", **given)).body.get("messages") or []
        except Refused as refused:
            if refused.code not in GONE:
                raise
            return None
        return next((said(each, channel) for each in found if each.get("ts") == stamp), None)

    @property
    def listens(self) -> bool:
        """Whether what is said is taken."""
        return self._given.signing_secret is not None

    async def team(self) -> str:
        """What Slack calls the workspace. VendorError."""
        return str((await self._api.read("auth.test")).body.get("team_id") or "")

    async def history(self, channel: str, since: str | None, cursor: str | None) -> HistoryPage:
        """A part of what was said in a channel since a moment. VendorError."""
        return await read_page(self._api, channel, since, cursor)

    def replies(self, channel: str, stamp: str) -> AsyncIterator[Said]:
        """What was replied to a message, with that itself. VendorError."""
        return read_replies(self._api, channel, stamp)

    async def open_form(self, trigger: str, key: str) -> None:
        """Open a form that is filled later, within three seconds after it was asked for. VendorError."""
        await self._api.write("views.open", trigger_id=trigger, view={**waiting(), "external_id": key})

    async def fill_form(self, key: str, view: dict[str, Any]) -> None:
        """Put into a form what belongs there. VendorError."""
        await self._api.write("views.update", external_id=key, view={**view, "external_id": key})

    async def respond(self, response_url: str, text: str, *, shared: bool) -> None:
        """Answer a command or a button; `shared`: so that the whole channel reads it. VendorError."""
        parts = urlsplit(response_url)
        client = self._speak(Account("Slack", f"{parts.scheme}://{parts.netloc}", {}))
        body = {"text": text, "response_type": "in_channel" if shared else "ephemeral", "replace_original": False}
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        await client.ask("POST", path, json=body, headers=JSON, once=shared)

    async def whisper(self, channel: str, user: str, text: str) -> None:
        """Say something to one person, in a channel that the app is in. VendorError."""
        await self._api.write("chat.postEphemeral", once=True, channel=channel, user=user, text=text)

    async def follow_channel(self, matter: Matter, channel: str, *, invite: bool) -> Made:
        """The summary edited, links added, newcomers invited; nothing where an archive, or others, would read it."""
        api = self._api
        made = (await api.read("conversations.info", channel=channel)).body["channel"]
        if made.get("is_archived") or (matter.private and made.get("is_private") is not True):
            return Made(channel)
        me = await introduce(api)
        flaws = Flaws()
        await flaws.but(refresh(api, made, matter, me, pressable=self.listens))
        await bookmark(api, channel, matter, me)
        uninvited = await flaws.but(let_in(api, channel, matter.members, fresh=False)) if invite else ()
        return Made(channel, uninvited=uninvited or (), flaws=flaws.words)

    async def say(self, matter: Matter, channel: str, remark: Remark) -> Made:
        """A message in the channel."""
        stamp = await say(self._api, channel, matter, remark, pressable=self.listens)
        return _message(await introduce(self._api), channel, stamp)

    async def find_said(self, channel: str, remark: Remark) -> Made | None:
        """The message whose first block has the remark's key."""
        me = await introduce(self._api)
        stamp = await find_said(self._api, channel, remark, me)
        return None if stamp is None else _message(me, channel, stamp)

    async def announce(self, matter: Matter) -> Made:
        """A message in the channel for announcements."""
        channel = self._announcing()
        me = await introduce(self._api)
        return _message(me, channel, await post(self._api, channel, matter))

    async def find_announcement(self, matter: Matter) -> Made | None:
        """The message that has the incident's address."""
        channel = self._announcing()
        me = await introduce(self._api)
        stamp = await find_posted(self._api, channel, matter, me)
        return None if stamp is None else _message(me, channel, stamp)

    async def follow_announcement(self, matter: Matter, announcement: str) -> Made:
        """The message, edited."""
        await amend(self._api, announcement, matter)
        return Made(announcement)

    async def relay(self, matter: Matter, announcement: str, remark: Remark) -> Made:
        """A reply to the message."""
        return Made(await reply(self._api, announcement, matter, remark))

    async def find_relayed(self, matter: Matter, announcement: str, remark: Remark) -> Made | None:
        """The reply whose block has the remark's key."""
        del matter
        stamp = await find_reply(self._api, announcement, remark, await introduce(self._api))
        return None if stamp is None else Made(stamp)

    async def test_send(self) -> None:
        """A message in the channel for announcements."""
        await try_out(self._api, self._announcing())

    def _announcing(self) -> str:
        if self._given.announcement_channel is None:
            raise Permanent("Slack has no channel for announcements: enter `announcement_channel`.")
        return self._given.announcement_channel

    async def archive_channel(self, channel: str) -> Made:
        """Archived, now or before."""
        try:
            await self._api.write("conversations.archive", channel=channel)
        except Refused as refused:
            if refused.code != "already_archived":
                raise
        return Made(channel)


def _message(me: Bot, channel: str, stamp: str) -> Made:
    return Made(joined(channel, stamp), f"{me.url}archives/{channel}/p{stamp.replace('.', '')}")


def open_slack(configuration: dict[str, Any], speak: Speak) -> Slack:
    """The adaptor of a configuration."""
    return Slack(SlackConfiguration(**configuration), speak)
