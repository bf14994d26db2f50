"""Client credentials (RFC 6749 §4.4), revocation (RFC 7009) and metadata (RFC 8414), over HTTP."""

import pytest
from sqlalchemy import select

from actions.oauth.clients import revoke_oauth_client
from actions.oauth.metadata import metadata
from actions.refusals import Refusals
from actions.service_accounts import save_service_account
from auth.actor import SYSTEM
from core.ids import encode
from models.access import AccessToken, OAuthClient
from models.words import AccessRole
from tests.console.oauth import BASE, CLI, application, basic, graphql, script, visitor

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def app(database):
    return application(database)


@pytest.fixture
async def http(app):
    async with visitor(app) as client:
        yield client


async def tokens(world):
    async with world.database.reading() as reader:
        return await reader.rows(AccessToken, select(AccessToken).order_by(AccessToken.id))


async def test_a_script_gets_a_token_for_an_hour_by_either_way_to_prove_itself(world, http, clock):
    client, secret = await script(world, networks=["198.51.100.0/24"])
    posted = await http.post("/oauth/token", data={**GRANT, "client_id": client.client_id, "client_secret": secret})
    shown = await http.post("/oauth/token", data=GRANT, headers=basic(client.client_id, secret))
    for answer in (posted, shown):
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
        assert "refresh_token" not in body
        assert "scope" not in body
        viewer = (await graphql(http, body["access_token"])).json()["data"]["viewer"]
        assert viewer == {"kind": "SERVICE_ACCOUNT", "name": "Deploy bot"}
    made = await tokens(world)
    assert [(row.oauth_client_id, row.networks, row.user_id) for row in made] == [
        (client.id, ["198.51.100.0/24"], None)
    ] * 2
    granted = [event.data for event in await world.events(None, "access.granted") if event.data["noun"] == "token"]
    assert [fact["key"] for fact in granted] == [row.id for row in made]
    clock.advance(hours=1)
    assert (await graphql(http, shown.json()["access_token"])).status_code == 401


async def test_scopes_are_those_of_the_client_or_fewer(world, http):
    client, secret = await script(world, scopes=["incidents:write", "alerts:write"])
    proof = basic(client.client_id, secret)

    async def scope_of(**form):
        return (await http.post("/oauth/token", data={**GRANT, **form}, headers=proof)).json()

    assert (await scope_of())["scope"] == "incidents:write alerts:write"
    assert (await scope_of(scope="alerts:write"))["scope"] == "alerts:write"
    assert (await scope_of(scope="incidents:read"))["scope"] == "incidents:read", "every scope includes reading"
    for beyond in ("updates:publish", "alerts:write admin:*", "nonsense", '"'):
        assert (await scope_of(scope=beyond))["error"] == "invalid_scope"
    assert len(await tokens(world)) == 3


async def test_a_token_never_lifts_its_account(world, http):
    client, secret = await script(world, account_role=AccessRole.ADMIN, access_role=AccessRole.ADMIN)
    account = encode("ServiceAccount", client.service_account_id)
    await world.do(save_service_account, SYSTEM, id=account, access_role=AccessRole.VIEWER)
    answer = await http.post("/oauth/token", data=GRANT, headers=basic(client.client_id, secret))
    report = 'mutation { reportIncident(input: {title: "x"}) { incident { id } } }'
    refused = (await graphql(http, answer.json()["access_token"], report)).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_whatever_is_wrong_with_a_client_is_refused_in_the_same_words(world, app, http):
    client, secret = await script(world, networks=["198.51.100.0/24"])
    ended, ended_secret = await script(world)
    await world.do(revoke_oauth_client, SYSTEM, client=encode("OAuthClient", ended.id))
    wrong = [
        (client.client_id, "wrong"),
        ("client_unknown", secret),
        ("", secret),
        ("muster-cli", secret),
        ("\x00", secret),
        (ended.client_id, ended_secret),
    ]
    answers = [await http.post("/oauth/token", data=GRANT, headers=basic(*pair)) for pair in wrong]
    async with visitor(app, "203.0.113.9") as elsewhere:
        answers.append(await elsewhere.post("/oauth/token", data=GRANT, headers=basic(client.client_id, secret)))
    answers += [
        await http.post("/oauth/token", data={**GRANT, **CLI}, headers={"Authorization": header})
        for header in ("Basic", "Basic !!!", "Basic /w==", "Basic \xff".encode("latin-1"), "Bearer mst_x")
    ]
    answers += [
        await http.post("/oauth/token", data={**GRANT, "client_id": name, "client_secret": word})
        for name, word in wrong
        if "\x00" not in name
    ]
    answers.append(await http.post("/oauth/token", data=GRANT))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert answers[0].json()["error"] == "invalid_client"
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Basic realm="muster"'}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert await tokens(world) == []


@pytest.mark.parametrize(
    ("content", "kind", "error", "status"),
    [
        (b"grant_type=password", None, "unsupported_grant_type", 400),
        (b"grant_type=%22%C3%A9", None, "unsupported_grant_type", 400),
        (b"", None, "invalid_request", 400),
        (b"grant_type=", None, "invalid_request", 400),
        (b"grant_type=client_credentials&scope=a&scope=b", None, "invalid_request", 400),
        (b"grant_type=client_credentials&client_secret=x", None, "invalid_request", 400),
        (b"grant_type=%ff", None, "invalid_request", 400),
        (b"grant_type=a%00", None, "invalid_request", 400),
        (b'{"grant_type": "client_credentials"}', "application/json", "invalid_request", 400),
        (b"a=" + b"b" * 20_000, None, "invalid_request", 413),
        (b"&".join(b"f%d=1" % i for i in range(50)), None, "invalid_request", 400),
    ],
)
async def test_a_malformed_request_is_refused_as_the_rfc_says(world, http, content, kind, error, status):
    client, secret = await script(world)
    headers = {"content-type": kind or "application/x-www-form-urlencoded", **basic(client.client_id, secret)}
    answer = await http.post("/oauth/token", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert (await http.get("/oauth/token")).status_code == 405


async def test_a_script_gives_its_token_back(world, http):
    client, secret = await script(world)
    other, other_secret = await script(world)
    proof, foreign = basic(client.client_id, secret), basic(other.client_id, other_secret)
    token = (await http.post("/oauth/token", data=GRANT, headers=proof)).json()["access_token"]
    assert (await graphql(http, token)).status_code == 200
    refused = await http.post("/oauth/revoke", data={"token": token}, headers=foreign)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await http.post("/oauth/revoke", data={"token": token, **CLI})).json()["error"] == "invalid_grant"
    unproven = await http.post("/oauth/revoke", data={"token": token, "client_id": client.client_id})
    assert (unproven.status_code, unproven.json()["error"]) == (401, "invalid_client")
    assert (await graphql(http, token)).status_code == 200
    for _ in range(2):
        hinted = {"token": token, "token_type_hint": "unheard_of"}
        assert (await http.post("/oauth/revoke", data=hinted, headers=proof)).status_code == 200
        assert (await graphql(http, token)).status_code == 401, "at once, although it was remembered"
    for unknown in ("mst_x", "\u00e9", token[:-1]):
        assert (await http.post("/oauth/revoke", data={"token": unknown}, headers=proof)).status_code == 200
    assert (await http.post("/oauth/revoke", data={}, headers=proof)).json()["error"] == "invalid_request"
    gone = await world.events(None, "access.revoked")
    assert [event.data["noun"] for event in gone] == ["token"]


async def test_the_end_of_a_client_is_the_end_of_its_tokens(world, http):
    client, secret = await script(world)
    proof = basic(client.client_id, secret)
    token = (await http.post("/oauth/token", data=GRANT, headers=proof)).json()["access_token"]
    assert (await graphql(http, token)).status_code == 200
    await world.do(revoke_oauth_client, SYSTEM, client=encode("OAuthClient", client.id))
    assert (await graphql(http, token)).status_code == 401
    async with world.database.reading() as reader:
        row = await reader.row(OAuthClient, select(OAuthClient))
    assert row.revoked_at is not None
    assert row.last_used_at is not None


async def test_wrong_secrets_are_told_to_auditors_without_a_flood(world, database):
    refusals = Refusals(database)
    async with visitor(application(database, refusals=refusals), "203.0.113.5") as http:
        for _ in range(5):
            await http.post("/oauth/token", data=GRANT, headers=basic("client_unknown", "x"))
    await refusals.write(everything=True)
    told = [event.data for event in await world.events(None, "access.refused")]
    assert {(fact["code"], fact["doorway"]) for fact in told} == {("UNAUTHENTICATED", "POST /oauth/token")}
    assert sum(fact["times"] for fact in told) == 5


async def test_the_metadata_lead_to_every_endpoint(http):
    answer = await http.get("/.well-known/oauth-authorization-server")
    about = answer.json()
    metadata(BASE).validate()
    assert about == dict(metadata(BASE))
    assert about["issuer"] == BASE
    for key in ("token_endpoint", "device_authorization_endpoint", "revocation_endpoint"):
        assert about[key].startswith(f"{BASE}/oauth/")
        assert (await http.post(about[key])).json()["error"] == "invalid_request"
    assert set(about["grant_types_supported"]) == {
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    }


@pytest.mark.filterwarnings("ignore:The httpx module is deprecated")
async def test_authlibs_own_client_is_served(world, app):
    import httpx  # noqa: PLC0415
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 (it warns of httpx)

    client, secret = await script(world, scopes=["incidents:read"])
    for method in ("client_secret_basic", "client_secret_post"):
        async with AsyncOAuth2Client(
            client.client_id,
            secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            transport=httpx.ASGITransport(app),
            base_url=BASE,
        ) as theirs:
            token = await theirs.fetch_token(f"{BASE}/oauth/token", grant_type="client_credentials")
            assert token["scope"] == "incidents:read"
            seen = await theirs.post("/graphql", json={"query": "{ viewer { name } }"})
            assert seen.json()["data"]["viewer"]["name"] == "Deploy bot"
            gone = await theirs.revoke_token(f"{BASE}/oauth/revoke", token=token["access_token"])
            assert gone.status_code == 200
            assert (await theirs.post("/graphql", json={"query": "{ viewer { name } }"})).status_code == 401


async def test_plain_http_is_refused_except_on_loopback(database):
    app = application(database, "http://muster.example.org")
    async with visitor(app, base_url="http://muster.example.org") as http:
        answer = await http.post("/oauth/token", data=GRANT)
    assert (answer.status_code, answer.json()["error"]) == (400, "insecure_transport")
