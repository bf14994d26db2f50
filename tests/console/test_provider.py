"""Signing in through an identity provider: who comes in as whom, and how they leave."""

import httpx
import pytest
from sqlalchemy import select

from actions.catalogue.people import save_user
from auth.cookies import ATTEMPT, SESSION
from auth.oidc.tokens import LOGOUT
from models.person import TeamMember
from models.words import AccessRole, ActorKind
from tests.console.providing import BASE, leave, person, refusals, sign_in, stays_out
from tests.identity import actor_of


async def test_somebody_new_comes_in_as_a_responder_and_goes_on_to_where_they_wanted(world, browser, issuer):
    answer = await sign_in(browser, issuer, "/console/incidents/INC-7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/incidents/INC-7")
    actor = await actor_of(world.database, None, browser.cookies[SESSION])
    assert (actor.name, actor.access_role) == ("Nia Reyes", AccessRole.RESPONDER)
    [event] = await world.events(None, "person.signed_in")
    assert event.data["provider"] == "sso"
    assert ATTEMPT not in browser.cookies
    saved = (await world.events(None, "setting.saved"))[-1]
    assert "quillhaven" not in str(saved.data)


async def test_who_is_known_by_address_or_subject_is_not_made_again(world, browser, issuer):
    issuer.claims = {"email": "BEN@Quillhaven.example"}
    await sign_in(browser, issuer)
    assert await actor_of(world.database, None, browser.cookies[SESSION]) == world.ben
    issuer.claims = {"email": "married@quillhaven.example"}
    await sign_in(browser, issuer)
    assert await actor_of(world.database, None, browser.cookies[SESSION]) == world.ben
    assert await person(world, "married@quillhaven.example") is None


async def test_an_address_that_was_given_to_somebody_else_opens_no_account(world, browser, issuer):
    issuer.claims = {"email": "ben@quillhaven.example"}
    await sign_in(browser, issuer)
    issuer.claims = {"email": "ben@quillhaven.example", "sub": "s-2"}
    assert (await sign_in(browser, issuer)).status_code == 403
    assert await refusals(world) == ["other_account"]


@pytest.mark.parametrize(
    ("claims", "cause"),
    [
        ({"email_verified": False}, "email_unverified"),
        ({"email_verified": None}, "email_unverified"),
        ({"email": None}, "email_missing"),
        ({"email": "nia@elsewhere.example"}, "domain"),
        ({"email": "nia@evil.quillhaven.example"}, "domain"),
        ({"groups": ["cleaners"]}, "role"),
        ({"groups": None}, "role"),
        ({"groups": 5}, "role"),
        ({"iss": "http://127.0.0.1:1"}, "token"),
        ({"aud": "another"}, "token"),
        ({"aud": ["muster", "another"]}, "token"),
        ({"azp": "another"}, "token"),
        ({"nonce": "another"}, "token"),
        ({"nonce": None}, "token"),
        ({"exp": None}, "token"),
        ({"exp": "tomorrow"}, "token"),
        ({"sub": ""}, "token"),
        ({"sub": "x" * 256}, "token"),
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        {
            "OIDC_ALLOWED_DOMAINS": "quillhaven.example",
            "OIDC_ROLE_CLAIM": "groups",
            "OIDC_ROLES": '{"sre": "responder", "leads": "manager"}',
        }
    ],
)
async def test_refusals_are_explained_to_admins_and_to_nobody_else(world, browser, issuer, claims, cause):
    issuer.claims = {"groups": ["sre"], **claims}
    answer = await sign_in(browser, issuer)
    await stays_out(world, browser, answer)
    assert await refusals(world) == [cause]
    assert "You can&#39;t come in with this account" in answer.text
    for told in ("domain", "verified", "groups", "issuer", "audience", "cleaners"):
        assert told not in answer.text


@pytest.mark.parametrize(
    "more",
    [
        {
            "OIDC_ROLE_CLAIM": "realm.roles",
            "OIDC_ROLES": '{"sre": "responder", "leads": "manager", "root": "admin"}',
            "OIDC_TEAM_CLAIM": "groups",
            "OIDC_TEAMS": '{"pay": "payments", "gone": "no-such-team"}',
        }
    ],
)
async def test_role_and_mapped_teams_follow_the_provider(world, browser, issuer):
    ben = {"email": "ben@quillhaven.example"}
    issuer.claims = {**ben, "realm": {"roles": ["leads", "sre", "x"]}, "groups": []}
    await sign_in(browser, issuer)
    assert (await person(world, "ben@quillhaven.example")).access_role is AccessRole.MANAGER
    assert await teams_of(world, "ben") == set()
    issuer.claims = {**ben, "realm": {"roles": "sre"}, "groups": ["pay", "gone", "other"]}
    await sign_in(browser, issuer)
    assert (await person(world, "ben@quillhaven.example")).access_role is AccessRole.RESPONDER
    assert await teams_of(world, "ben") == {"payments"}
    issuer.claims = {"email": "ada@quillhaven.example", "sub": "s-ada", "realm": {"roles": ["sre"]}}
    await sign_in(browser, issuer)
    assert (await person(world, "ada@quillhaven.example")).access_role is AccessRole.ADMIN, "she is the last one"


async def teams_of(world, name):
    async with world.database.reading() as reader:
        rows = await reader.execute(select(TeamMember.team_id).where(TeamMember.user_id == world.users[name].id))
    slugs = {team.id: slug for slug, team in world.teams.items()}
    return {slugs[row.team_id] for row in rows}


async def test_who_has_left_stays_out(world, browser, issuer):
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    issuer.claims = {"email": "ben@quillhaven.example"}
    await stays_out(world, browser, await sign_in(browser, issuer))
    assert await refusals(world) == ["archived"]


async def test_signing_out_goes_on_to_the_provider(world, browser, issuer):
    await sign_in(browser, issuer)
    secret = browser.cookies[SESSION]
    page = await browser.get("/auth/logout")
    assert f"form-action 'self' {issuer.address}" in page.headers["content-security-policy"]
    answer = await browser.post("/auth/logout", headers={"Origin": BASE})
    assert answer.status_code == 303
    there = httpx.URL(answer.headers["location"])
    assert str(there).startswith(f"{issuer.address}/end?")
    assert there.params["post_logout_redirect_uri"] == f"{BASE}/auth/login"
    assert there.params["id_token_hint"].count(".") == 2
    assert (await actor_of(world.database, None, secret)).kind is ActorKind.ANONYMOUS
    assert SESSION not in browser.cookies


async def test_the_provider_ends_a_session_once(world, browser, issuer):
    await sign_in(browser, issuer)
    secret = browser.cookies[SESSION]

    async def tell(header=None, **claims):
        standard = {"jti": "j-1", "events": {LOGOUT: {}}, "sid": "there-1"}
        token = issuer.signed(header or {"typ": "logout+jwt"}, issuer.said(**{**standard, **claims}))
        return await browser.post("/auth/backchannel-logout", data={"logout_token": token})

    wrong = [
        {"events": None}, {"events": {LOGOUT: 5}}, {"nonce": "n"}, {"jti": None}, {"sid": None}, {"aud": "another"},
        {"iss": "https://evil.example"}, {"exp": 5}, {"exp": None},
    ]  # fmt: skip
    for claims in wrong:
        answer = await tell(**claims)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"}), claims
    assert (await tell({"typ": "at+jwt"})).status_code == 400
    assert (await browser.post("/auth/backchannel-logout", data={"logout_token": "x"})).status_code == 400
    assert (await browser.post("/auth/backchannel-logout", json={})).status_code == 400
    assert (await tell(jti="j-0", sid="another")).status_code == 200
    assert (await actor_of(world.database, None, secret)).kind is ActorKind.USER
    answer = await tell()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await actor_of(world.database, None, secret)).kind is ActorKind.ANONYMOUS
    assert len(await world.events(None, "person.signed_out")) == 1
    assert (await tell()).status_code == 400, "each token counts once"


async def test_a_provider_that_is_away_is_told_in_plain_words(browser, issuer):
    issuer.down = True
    for path in ("/auth/login", "/auth/login/sso"):
        page = await browser.get(path)
        assert (page.status_code, page.headers["retry-after"]) == (503, "30")
        assert "Quillhaven" in page.text
        assert issuer.address not in page.text
    assert issuer.asked.count("metadata") == 1, "it is left alone for a while"


async def test_a_provider_that_is_another_is_not_used(browser, issuer):
    issuer.calls_itself = "https://evil.example"
    assert (await browser.get("/auth/login/sso")).status_code == 503


async def test_the_console_leads_to_the_provider_and_back(browser, issuer):
    answer = await browser.get("/console/incidents/INC-7")
    assert answer.headers["location"] == "/auth/login?next=/console/incidents/INC-7"
    page = await browser.get(answer.headers["location"])
    assert 'href="/auth/login/sso?next=/console/incidents/INC-7">Sign in with Quillhaven<' in page.text
    await sign_in(browser, issuer)
    assert (await browser.get("/auth/login?next=/console")).status_code == 303


@pytest.mark.parametrize(
    "onwards",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx", "/" * 501, ""],
)
async def test_nobody_is_led_to_another_site(browser, issuer, onwards):
    assert (await sign_in(browser, issuer, onwards)).headers["location"] == "/console"


async def test_unknown_providers_and_a_no_from_there_are_told(browser, issuer):
    for path in ("/auth/login/other", "/auth/callback/other?state=x&code=y"):
        assert (await browser.get(path)).status_code == 404
    brought = await leave(browser, issuer)
    denied = {"state": brought["state"], "error": "access_denied", "iss": issuer.address}
    page = await browser.get("/auth/callback/sso", params=denied)
    assert page.status_code == 400
    assert "access_denied" not in page.text
