"""Letting people into private channels of Teams. In others everybody of the team is.

An app can't own a channel: a private one is made for somebody of the team, who lets others in as well.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from integrations.failures import Permanent
from integrations.ports import Member
from integrations.teams_graph_api import GraphApi, GraphRefusal, made_of

MOST_INVITED = 40
"""People who are let in. Each is looked up."""
MOST_OWNERS = 5
"""For how many people a private channel is tried to be made, one after the other."""
MEMBERS, FIND, CREATE = "ChannelMember.ReadWrite.All", "User.ReadBasic.All", "Channel.Create"
NO_OWNER = (
    "Nobody who works on the incident is a member of the team in Teams, so nobody can own its private channel: add them"
    " there, or enter somebody as `owner`."
)


class Guests:
    """Those who come into the channels of a team. `owner`: the address of who owns private ones, if need be."""

    def __init__(self, api: GraphApi, channels: str, owner: str | None) -> None:
        self._api, self._channels, self._owner = api, channels, owner
        self._known: dict[str, str | None] = {}

    async def create(self, wanted: dict[str, Any], members: Sequence[Member]) -> dict[str, Any]:
        """A private channel that the first of them owns who can. GraphRefusal, also for a name that is taken."""
        emails = [*((self._owner,) if self._owner else ()), *(member.email for member in members)]
        refused: GraphRefusal | None = None
        for email in emails[:MOST_OWNERS]:
            user = await self._look_up(email)
            if user is None:
                continue
            body = {**wanted, "membershipType": "private", "members": [self._member(user, "owner")]}
            try:
                return made_of(await self._api.ask("POST", self._channels, body, permission=CREATE, once=True))
            except GraphRefusal as error:
                if error.taken or not error.personal:
                    raise
                refused = error
        raise Permanent(f"{NO_OWNER} {refused.words if refused else ''}".rstrip())

    async def let_in(self, channel: str, members: Sequence[Member]) -> tuple[int, ...]:
        """Let those in who are not in yet; the keys of those who could not be. VendorError."""
        path = f"{self._channels}/{quote(channel, safe='')}/members"
        present = {str(each.get("userId")) async for each in self._api.pages(path, permission=MEMBERS)}
        uninvited = [member.user_id for member in members[MOST_INVITED:]]
        for member in members[:MOST_INVITED]:
            user = await self._look_up(member.email)
            if user is not None and (user in present or await self._added(path, user)):
                continue
            uninvited.append(member.user_id)
        return tuple(key for key in uninvited if key is not None)

    async def _added(self, path: str, user: str) -> bool:
        try:
            await self._api.ask("POST", path, self._member(user), permission=MEMBERS)
        except GraphRefusal as refused:
            if not refused.personal:
                raise
            return False
        return True

    async def _look_up(self, email: str) -> str | None:
        """The ID of who has an address in the tenant; None for nobody."""
        if email not in self._known:
            own = email.replace("'", "''")
            asked = quote(f"mail eq '{own}' or userPrincipalName eq '{own}'", safe="")
            body = await self._api.ask("GET", f"/users?$filter={asked}&$select=id", permission=FIND)
            found = body.get("value") or []
            self._known[email] = str(found[0]["id"]) if found else None
        return self._known[email]

    def _member(self, user: str, *roles: str) -> dict[str, Any]:
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": list(roles),
            "user@odata.bind": f"{self._api.base}/users('{user}')",
        }
