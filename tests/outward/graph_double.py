"""A team in Microsoft Teams as a double, as Graph tells of it; there is no contract at hand, so it minds the documents.

learn.microsoft.com/en-us/graph/api: channel-post, channel-list, channel-patch, channel-archive, channel-post-members,
channel-post-tabs, user-list.
"""

import base64
import json
import re
from itertools import count
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.teams_graph import NEEDED
from tests.outward.obeying import Obeying

TENANT, TEAM = "shop.onmicrosoft.com", "11111111-2222-4333-8444-555555555555"
APP = {"tenant": TENANT, "client_id": "99999999-2222-4333-8444-555555555555", "client_secret": "s3cret", "team": TEAM}
NAMED = "Channel name already existed, please use other name."
FORBIDDEN_IN_NAMES = re.compile(r"[~#%&*{}+/\\:<>?|'\"]|\.\.|^[_.]|\.$")


class Team(Obeying):
    """`channels` by id; `people` of the tenant by address, those in `inside` are in the team; `tokens` given out."""

    def __init__(self):
        super().__init__()
        self.numbers, self.channels, self.tokens, self.deleted = count(1), {}, [], set()
        self.people, self.inside, self.secret, self.seconds = {}, set(), "s3cret", 3600
        self.roles, self.address, self.page = set(NEEDED), "", 2

    def app(self):
        methods = ["GET", "POST", "PATCH"]
        return Starlette(routes=[Route("/{path:path}", self.handle, methods=methods)])

    def know(self, *emails, inside=True):
        """People of the tenant."""
        for email in emails:
            self.people[email] = f"user-{next(self.numbers)}"
            if inside:
                self.inside.add(self.people[email])

    def only(self):
        """The one channel there is."""
        (found,) = self.channels.values()
        return found

    def answer(self, request, body):
        if request.url.path == f"/login/{TENANT}/oauth2/v2.0/token":
            return self._token(dict(parse_qsl(body.decode())))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        return self._answer(request, request.url.path.removeprefix("/v1.0/").split("/"), json.loads(body or "null"))

    def _answer(self, request, parts, given):
        if parts == ["users"]:
            return self._needs("User.ReadBasic.All") or self._users(request.query_params["$filter"])
        if parts[:3] != ["teams", TEAM, "channels"]:
            return refused(404, "NotFound", "No team found with Group Id")
        if len(parts) == 3:
            return self._create(given) if request.method == "POST" else self._list(request)
        channel = self.channels.get(parts[3])
        if channel is None:
            return refused(404, "NotFound", "No channel found")
        return self._channel(request.method, channel, parts[4:], given)

    def _token(self, given):
        expected = {"grant_type": "client_credentials", "scope": f"{self.address}/.default"}
        assert expected.items() <= given.items(), given
        if given["client_secret"] != self.secret:
            said = "AADSTS7000215: Invalid client secret provided."
            return JSONResponse({"error": "invalid_client", "error_description": said}, 401)
        claims = json.dumps({"roles": sorted(self.roles), "jti": next(self.numbers)}).encode()
        self.tokens.append(f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.x")
        return JSONResponse({"token_type": "Bearer", "expires_in": self.seconds, "access_token": self.tokens[-1]})

    def _needs(self, role):
        if role in self.roles:
            return None
        return refused(403, "Forbidden", f"Missing role permissions on the request. API requires one of '{role}'.")

    def _users(self, wanted):
        found = re.fullmatch(r"mail eq '(.*)' or userPrincipalName eq '\1'", wanted)
        key = self.people.get(found[1].replace("''", "'"))
        return JSONResponse({"value": [{"id": key}] if key else []})

    def _list(self, request):
        """Two at a time."""
        start = int(request.query_params.get("$skiptoken", "0"))
        listed = [shown(each) for each in self.channels.values()]
        more = {}
        if start + self.page < len(listed):
            following = f"{self.address}/v1.0/teams/{TEAM}/channels?$skiptoken={start + self.page}"
            more = {"@odata.nextLink": following}
        return self._needs("Channel.ReadBasic.All") or JSONResponse(
            {"value": listed[start : start + self.page], **more}
        )

    def _create(self, given):
        lacks = self._needs("Channel.Create")
        if lacks:
            return lacks
        assert set(given) <= {"displayName", "description", "membershipType", "members"}, given
        name = given["displayName"]
        assert 0 < len(name) <= 50
        assert not FORBIDDEN_IN_NAMES.search(name), name
        assert len(given["description"]) <= 1024
        if name in {each["displayName"] for each in self.channels.values()} | self.deleted:
            return refused(400, "BadRequest", NAMED, "NameAlreadyExists")
        people = []
        if given["membershipType"] == "private":
            ((user, roles),) = [_bound(each) for each in given["members"]]
            assert roles == ["owner"]
            if user not in self.inside:
                return refused(404, "NotFound", "The owner is not a member of the team.")
            people = [user]
        key = f"19:{next(self.numbers)}@thread.tacv2"
        url = f"https://teams.microsoft.com/l/channel/{key}/x?groupId={TEAM}"
        made = {"id": key, "webUrl": url, "isArchived": False, "people": people, "tabs": []}
        self.channels[key] = {
            **made,
            **{name: given[name] for name in ("displayName", "description", "membershipType")},
        }
        return JSONResponse(shown(self.channels[key]), 201)

    def _channel(self, method, channel, rest, given):
        if not rest and method == "GET":
            return self._needs("Channel.ReadBasic.All") or JSONResponse(shown(channel))
        if rest == ["tabs"]:
            return self._needs("TeamsTab.Create") or self._tabs(method, channel, given)
        if rest == ["members"]:
            return self._needs("ChannelMember.ReadWrite.All") or self._members(method, channel, given)
        lacks = self._needs("ChannelSettings.ReadWrite.All")
        if lacks:
            return lacks
        if rest == ["archive"]:
            channel["isArchived"] = True
            return Response(status_code=202, headers={"location": f"/teams/{TEAM}/operations/1"})
        assert (method, set(given)) == ("PATCH", {"description"})
        channel["description"] = given["description"]
        return Response(status_code=204)

    def _tabs(self, method, channel, given):
        if method == "POST":
            assert given["teamsApp@odata.bind"].endswith("/appCatalogs/teamsApps/com.microsoft.teamspace.tab.web")
            channel["tabs"].append({"id": f"tab-{next(self.numbers)}", "configuration": given["configuration"]})
            return JSONResponse(channel["tabs"][-1], 201)
        return JSONResponse({"value": channel["tabs"]})

    def _members(self, method, channel, given):
        if method == "GET":
            return JSONResponse({"value": [{"id": f"m-{each}", "userId": each} for each in channel["people"]]})
        assert channel["membershipType"] == "private", "Teams takes members for private channels only"
        user, roles = _bound(given)
        assert roles == []
        if user not in self.inside:
            return refused(400, "BadRequest", "The user is not a member of the team.")
        channel["people"].append(user)
        return JSONResponse({"userId": user}, 201)


def _bound(member):
    assert member["@odata.type"] == "#microsoft.graph.aadUserConversationMember"
    return re.search(r"/users\('([^']+)'\)$", member["user@odata.bind"])[1], member["roles"]


def shown(channel):
    """A channel as Graph has it."""
    return {name: value for name, value in channel.items() if name not in ("people", "tabs")}


def refused(status, code, message, inner="Unknown"):
    """An error as Graph words it."""
    return JSONResponse({"error": {"code": code, "message": message, "innerError": {"code": inner}}}, status)
