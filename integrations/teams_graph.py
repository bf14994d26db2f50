"""Microsoft Teams: a channel for an incident, through Microsoft Graph, as an app without a person.

Microsoft lets such an app open channels, describe them, let people into private ones, add a tab and archive them. It
lets none of them send messages (application permissions for that are for migrations alone): so this adaptor says
nothing in channels, and announcements go through the webhook of a workflow (integrations.teams).
"""

from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Permanent, VendorError
from integrations.pointing import points_to
from integrations.ports import Matter, Speak
from integrations.slack_names import MOST, NamePattern, names
from integrations.teams_graph_api import GraphApi, GraphRefusal, made_of
from integrations.teams_graph_channel import SETTINGS, add_tab, description, is_ours
from integrations.teams_graph_people import Guests

NAME = 50
"""Characters of a channel's name, by Microsoft's own limit."""
SEEN = "$select=id,displayName,description,webUrl,membershipType,isArchived"
CREATE, LIST = "Channel.Create", "Channel.ReadBasic.All"
NEEDED = {
    CREATE: "opens channels",
    LIST: "finds them again",
    SETTINGS: "keeps what they are about up to date, and archives them",
    "ChannelMember.ReadWrite.All": "lets people into private channels",
    "User.ReadBasic.All": "finds people by their addresses",
    "TeamsTab.Create": "adds a tab that leads to Muster",
}
"""Each application permission, and what it is for."""
ADD = "Add it to the app as an application permission of Microsoft Graph, and have an admin consent to it."


class TeamsGraphConfiguration(Configuration):
    """An app in a tenant, and the team in which it opens channels."""

    tenant: str = Field(
        pattern=r"^[A-Za-z0-9.-]{3,200}$",
        description="The tenant: its ID, or a domain such as shop.onmicrosoft.com.",
    )
    client_id: str = Field(
        pattern=r"^[0-9A-Fa-f-]{36}$", description="The application (client) ID of the app registration."
    )
    client_secret: SecretStr = Field(min_length=1, description="The value of one of its client secrets.")
    team: str = Field(
        pattern=r"^[0-9A-Fa-f-]{36}$",
        description="The ID of the team: groupId in the link to it (the team, …, Get link to team).",
    )
    channel_name: NamePattern = Field(
        default="{reference}-{slug}",
        description="What channels are called: a-z, 0-9, - and _, with {reference} for inc-7 and {slug} for the title."
        " Channels of drills begin with drill-; those of private incidents leave the title out.",
    )
    private_channels: bool = Field(
        default=False,
        description="Whether only who is let in sees the channels. Those of private incidents are always private.",
    )
    owner: str | None = Field(
        default=None,
        pattern="^[^@ ]+@[^@ ]+$",
        description="The address of a member of the team who owns private channels, where that is nobody who works on"
        " the incident. Never those of private incidents.",
    )
    base_url: BaseUrl = Field(
        default="https://graph.microsoft.com/v1.0", description="Where Microsoft Graph is, in other clouds."
    )
    login_url: BaseUrl = Field(
        default="https://login.microsoftonline.com", description="Where tokens are given out, in other clouds."
    )


VENDOR = Vendor("teams-graph", "Microsoft Teams channels", frozenset({Port.CHAT}), TeamsGraphConfiguration)


class TeamsGraph:
    """One team."""

    def __init__(self, configuration: TeamsGraphConfiguration, speak: Speak) -> None:
        self._told = told = configuration
        self._api = GraphApi(
            tenant=told.tenant,
            client_id=told.client_id,
            secret=told.client_secret.get_secret_value(),
            base_url=told.base_url,
            login_url=told.login_url,
            speak=speak,
        )
        self._channels = f"/teams/{told.team}/channels"

    async def check(self) -> list[Check]:
        """Whether the app is let in, has each permission, and sees the team."""
        try:
            given = await self._api.permissions()
        except VendorError as error:
            return [Check("client_secret", Result.WRONG, error.words)]
        found = [Check("client_secret", Result.OK, "Microsoft lets the app in.")]
        for name, purpose in NEEDED.items():
            if name in given:
                found.append(Check(name, Result.OK, f"It {purpose}."))
            else:
                found.append(Check(name, Result.MISSING, f"It {purpose}. {ADD}"))
        try:
            await self._api.ask("GET", f"{self._channels}?{SEEN}", permission=LIST)
        except VendorError as error:
            return [*found, Check("team", Result.WRONG, error.words)]
        return [*found, Check("team", Result.OK, "The app sees the channels of the team.")]

    async def open_channel(self, matter: Matter, *, again: bool) -> Made:
        """The channel, described, with a tab, and, if it is private, with those who belong into it."""
        private = matter.private or self._told.private_channels
        guests = Guests(self._api, self._channels, None if matter.private else self._told.owner)
        channel = await self._find(matter) if again else None
        if channel is None:
            channel = await self._create(matter, guests, private=private)
        if matter.private and channel.get("membershipType") != "private":
            raise Permanent("Teams made a channel for a private incident that others see: nothing was told there.")
        key = str(channel["id"])
        await add_tab(self._api, self._path(key), matter)
        uninvited = await guests.let_in(key, matter.members) if private else ()
        return Made(key, channel.get("webUrl"), uninvited)

    async def follow_channel(self, matter: Matter, channel: str, *, invite: bool) -> Made:
        """What it is about, brought up to date, unless somebody wrote something else there; newcomers let in."""
        path = self._path(channel)
        there = await self._api.ask("GET", f"{path}?{SEEN}", permission=LIST)
        private = there.get("membershipType") == "private"
        if there.get("isArchived") or (matter.private and not private):
            return Made(channel)
        told, before = description(matter), str(there.get("description") or "")
        if before != told and points_to(before, matter.url):
            await self._api.ask("PATCH", path, {"description": told}, permission=SETTINGS)
        guests = Guests(self._api, self._channels, None)
        return Made(channel, uninvited=await guests.let_in(channel, matter.members) if invite and private else ())

    async def archive_channel(self, channel: str) -> Made:
        """Archived, now or before: Teams does it within moments."""
        path = self._path(channel)
        if not (await self._api.ask("GET", f"{path}?{SEEN}", permission=LIST)).get("isArchived"):
            await self._api.ask("POST", f"{path}/archive", {}, permission=SETTINGS)
        return Made(channel)

    async def _find(self, matter: Matter) -> dict[str, Any] | None:
        """The incident's channel, if it was made."""
        async for channel in self._api.pages(f"{self._channels}?{SEEN}", permission=LIST):
            if is_ours(channel, matter):
                found: dict[str, Any] = channel
                return found
        return None

    async def _create(self, matter: Matter, guests: Guests, *, private: bool) -> dict[str, Any]:
        """A new channel, or the one that came into being meanwhile. One of another with that name stays as it is."""
        looked = False
        for name in names(self._told.channel_name, matter, NAME):
            wanted = {"displayName": name, "description": description(matter)}
            try:
                if private:
                    return await guests.create(wanted, matter.members)
                body = {**wanted, "membershipType": "standard"}
                return made_of(await self._api.ask("POST", self._channels, body, permission=CREATE, once=True))
            except GraphRefusal as refused:
                if not refused.taken:
                    raise
            found = None if looked else await self._find(matter)
            looked = True
            if found is not None:
                return found
        raise Permanent(f"Teams has, or had lately, channels of all {MOST} names that were tried: change channel_name.")

    def _path(self, channel: str) -> str:
        return f"{self._channels}/{quote(channel, safe='')}"


def open_teams_graph(configuration: dict[str, Any], speak: Speak) -> TeamsGraph:
    """The adaptor of a configuration."""
    return TeamsGraph(TeamsGraphConfiguration(**configuration), speak)
