"""A meeting in Zoom for an incident: one, whatever Zoom does, with tokens that are kept and expire."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions.outward.bridges import open_bridge
from actions.outward.settings import save_integration
from actions.outward.vendors import checked
from integrations import client, zoom
from integrations.app_tokens import AppTokens
from integrations.client import VendorClient
from integrations.failures import AuthExpired, Permanent
from integrations.zoom import VENDOR, open_zoom
from models.words import Visibility
from tests.journeys.product import serving
from tests.outward.desk import MATTER, Desk, read
from tests.outward.obeying import Obeying

CONTRACT = Path(__file__).parents[3] / "shared/contracts/zoom-api-v2-2021.trimmed.json"
APP = {"account_id": "acc", "client_id": "app", "client_secret": "s3cret", "host": "ops@shop.example"}


class Account(Obeying):
    """An account with one user: its `meetings`, and the `tokens` that it gave out."""

    def __init__(self):
        super().__init__()
        self.meetings, self.tokens, self.secret, self.seconds, self.scopes = [], [], "s3cret", 3600, True

    def app(self):
        return Starlette(routes=[Route("/{path:path}", self.handle, methods=["GET", "POST"])])

    def answer(self, request, body):
        if request.url.path == "/oauth/token":
            return self._token(request)
        if request.headers["authorization"].removeprefix("Bearer ") not in self.tokens:
            return JSONResponse({"code": 124, "message": "Invalid access token."}, 401)
        if request.url.path != "/v2/users/ops@shop.example/meetings":
            return JSONResponse({"code": 1001, "message": "User does not exist."}, 404)
        if not self.scopes:
            said = "Invalid access token, does not contain scopes:[meeting:write:meeting:admin]."
            return JSONResponse({"code": 4711, "message": said}, 400)
        return self._create(json.loads(body)) if request.method == "POST" else self._list(request.query_params)

    def _token(self, request):
        expected = base64.b64encode(f"app:{self.secret}".encode()).decode()
        asked = dict(request.query_params)
        good = request.headers["authorization"] == f"Basic {expected}" and asked["account_id"] == "acc"
        if request.method != "POST" or asked["grant_type"] != "account_credentials" or not good:
            return JSONResponse({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, 400)
        self.tokens.append(f"t{len(self.tokens)}")
        return JSONResponse({"access_token": self.tokens[-1], "expires_in": self.seconds})

    def _create(self, given):
        if CONTRACT.exists():
            whole = json.loads(CONTRACT.read_text())
            body = whole["paths"]["/users/{userId}/meetings"]["post"]["parameters"][1]["schema"]
            jsonschema_rs.validator_for({**body, "definitions": whole["definitions"]}).validate(given)
        number = 80000000000 + len(self.meetings)
        self.meetings.append({"id": number, "join_url": f"https://zoom.example/j/{number}?pwd=x", **given})
        return JSONResponse(self.meetings[-1], 201)

    def _list(self, asked):
        """Two at a time."""
        assert (asked["type"], int(asked["page_size"]) <= 300) == ("scheduled", True)
        start = int(asked.get("next_page_token", "0"))
        following = str(start + 2) if start + 2 < len(self.meetings) else ""
        return JSONResponse({"meetings": self.meetings[start : start + 2], "next_page_token": following})


@pytest.fixture
async def account(monkeypatch):
    monkeypatch.setattr(zoom, "_tokens", AppTokens())
    made = Account()
    async with serving(made.app()) as address:
        made.given = {**APP, "base_url": f"{address}/v2", "oauth_url": address}
        yield made


def opened(account, **changes):
    return open_zoom({**account.given, **changes}, lambda a: VendorClient(replace(a, allow_private=True)))


async def test_a_meeting_is_made_and_found_again_among_many(account):
    there = opened(account)
    for number in range(10, 15):
        await there.open_bridge(replace(MATTER, reference=f"INC-{number}", url=MATTER.url + str(number)[1:]))
    assert await there.find_bridge(MATTER) is None, "an address that begins like it is another's"
    made = await there.open_bridge(MATTER)
    assert made.url.startswith("https://zoom.example/j/")
    assert await there.find_bridge(MATTER) == made
    assert account.meetings[-1]["topic"] == "INC-1: Checkout is down"
    assert len(account.tokens) == 1, "a token is kept for all"


async def test_the_topic_of_a_private_incident_says_nothing_and_a_drill_is_called_one(account):
    await opened(account).open_bridge(replace(MATTER, private=True, title="Layoffs leaked"))
    await opened(account).open_bridge(replace(MATTER, drill=True))
    assert [meeting["topic"] for meeting in account.meetings] == ["INC-1", "DRILL · INC-1: Checkout is down"]
    assert "Layoffs" not in str(account.asked)


async def test_a_token_that_expires_or_was_taken_back_is_asked_for_anew(account):
    account.seconds = 30
    await opened(account).open_bridge(MATTER)
    await opened(account).open_bridge(MATTER)
    assert len(account.tokens) == 2, "shortly before its end it is not used any more"
    account.seconds = 3600
    await opened(account).open_bridge(MATTER)
    account.tokens[:] = ["gone"]
    await opened(account).open_bridge(MATTER)
    assert len(account.meetings) == 4


async def test_refusals_say_what_to_mend(account):
    with pytest.raises(AuthExpired, match="does not know this app"):
        await opened(account, client_secret="wrong").open_bridge(MATTER)
    with pytest.raises(Permanent, match="no user eve@shop"):
        await opened(account, host="eve@shop.example").open_bridge(MATTER)
    account.scopes = False
    with pytest.raises(Permanent, match="meeting:write:meeting:admin"):
        await opened(account).open_bridge(MATTER)
    results, words = read(await opened(account).check())
    assert results == {"client_secret": "OK", "host": "WRONG"}
    assert "scopes" in words["host"]
    assert read(await opened(account, client_secret="wrong").check())[0] == {"client_secret": "WRONG"}
    account.scopes = True
    assert read(await opened(account).check())[0] == {"client_secret": "OK", "host": "OK"}


@pytest.mark.parametrize("failure", ["lost", "failed afterwards", "limited"])
async def test_whatever_goes_wrong_for_a_while_there_is_one_meeting(monkeypatch, world, tmp_path, account, failure):
    desk = Desk(world, tmp_path, "zoom", account)
    desk.account = await world.do(save_integration, world.ada, vendor="zoom", configuration=account.given)
    incident = await desk.declare(visibility=Visibility.PRIVATE)
    await world.do(open_bridge, world.ben, incident=incident.reference, integration="zoom")
    account.does = [None, Response("slow", 429, {"retry-after": "9"}) if failure == "limited" else failure]
    with monkeypatch.context() as patch:
        patch.setattr(client, "SECONDS", 0.5)
        (wait,) = await desk.run()
    assert wait > 0
    await desk.run_on()
    (meeting,) = account.meetings
    assert await desk.said(incident) == [("outward.done", meeting["join_url"])]


def test_the_secret_is_kept_sealed():
    plain, sealed = checked(VENDOR, APP)
    assert sealed == {"client_secret": "s3cret"}
    assert "s3cret" not in str(plain)
