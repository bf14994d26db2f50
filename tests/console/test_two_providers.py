"""Two identity providers at once: each vouches for its own people, and neither speaks for the other."""

import asyncio

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

import console.app
from auth.cookies import ATTEMPT, SESSION
from auth.oidc.tokens import LOGOUT
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import UserIdentity
from models.words import ActorKind
from tests.console.providing import person, refusals
from tests.identity import actor_of
from tests.issuer import issuing


@pytest.fixture
async def contractors(clock):
    async with issuing(clock) as made:
        yield made


@pytest.fixture
def more(contractors):
    return {
        "OIDC_PROVIDERS": f'[{{"key": "contractors", "issuer": "{contractors.address}", "client_id": "muster"}}]',
        "MUSTER_RATE_COST_PER_MINUTE": "0",
    }


@pytest.fixture
def doors(issuer, contractors):
    return {"sso": issuer, "contractors": contractors}


async def leave(browser, doors, key):
    answer = await browser.get(f"/auth/login/{key}")
    return doors[key].authorize(answer.headers["location"])


async def come(browser, doors, key, **claims):
    doors[key].claims = claims
    return await browser.get(f"/auth/callback/{key}", params=await leave(browser, doors, key))


async def here(world, browser):
    return await actor_of(world.database, None, browser.cookies[SESSION])


async def test_each_signs_its_people_in_and_one_address_is_one_person(world, browser, doors):
    assert (await come(browser, doors, "sso", email="ben@quillhaven.example")).status_code == 303
    assert await here(world, browser) == world.ben
    first = browser.cookies[SESSION]
    answer = await come(browser, doors, "contractors", email="BEN@quillhaven.example", sub="c-7")
    assert answer.status_code == 303
    assert await here(world, browser) == world.ben
    assert (await actor_of(world.database, None, first)).kind is ActorKind.ANONYMOUS, "one browser, one session"
    async with world.database.reading() as reader:
        known = await reader.execute(select(UserIdentity.issuer, UserIdentity.subject, UserIdentity.user_id))
    ben = world.users["ben"].id
    assert set(known) == {(doors["sso"].address, "s-1", ben), (doors["contractors"].address, "c-7", ben)}


async def test_the_same_subject_at_two_issuers_is_two_people(world, browser, doors):
    await come(browser, doors, "sso", email="ben@quillhaven.example", sub="1")
    await come(browser, doors, "contractors", email="kim@contractors.example", sub="1", name="Kim Lee")
    assert (await here(world, browser)).name == "Kim Lee"
    await come(browser, doors, "sso", email="someone.new@quillhaven.example", sub="1")
    assert await here(world, browser) == world.ben
    await come(browser, doors, "contractors", email="ben@quillhaven.example", sub="1")
    assert (await here(world, browser)).name == "Kim Lee", "a subject that is known counts before an address"


async def test_an_address_is_no_way_from_one_subject_to_another_of_the_same_issuer(world, browser, doors):
    await come(browser, doors, "contractors", email="ben@quillhaven.example", sub="1")
    assert (await come(browser, doors, "contractors", email="ben@quillhaven.example", sub="2")).status_code == 403
    assert await refusals(world) == ["other_account"]


async def test_the_answer_of_one_is_not_taken_to_the_other(browser, doors):
    """Mix-up (RFC 9207): what one provider gave is neither used at the other's callback nor used up there."""
    brought = await leave(browser, doors, "sso")
    assert (await browser.get("/auth/callback/contractors", params=brought)).status_code == 400
    swapped = {**await leave(browser, doors, "contractors"), "code": brought["code"], "iss": doors["sso"].address}
    assert (await browser.get("/auth/callback/contractors", params=swapped)).status_code == 403
    assert SESSION not in browser.cookies
    assert (await browser.get("/auth/callback/sso", params=brought)).status_code == 303


async def test_a_token_that_the_other_signed_is_not_believed(world, browser, doors):
    doors["contractors"].forge = doors["sso"].signed
    assert (await come(browser, doors, "contractors", email="ada@quillhaven.example")).status_code == 403
    theirs = {"iss": doors["sso"].address}
    doors["contractors"].forge = lambda header, claims: doors["sso"].signed(header, {**claims, **theirs})
    assert (await come(browser, doors, "contractors", email="ada@quillhaven.example")).status_code == 403
    assert SESSION not in browser.cookies
    assert await refusals(world) == ["token", "token"]


async def test_neither_ends_sessions_of_the_other(world, browser, doors):
    await come(browser, doors, "sso", email="ben@quillhaven.example", sub="1", sid="x")
    over = False
    for issuer in ("contractors", "sso"):
        said = doors[issuer].said(jti="j", events={LOGOUT: {}}, sub="1", sid="x")
        for signer in doors.values():
            token = signer.signed({"typ": "logout+jwt"}, said)
            answer = await browser.post("/auth/backchannel-logout", data={"logout_token": token})
            assert answer.status_code == (200 if signer is doors[issuer] else 400)
            over = over or (issuer == "sso" and signer is doors["sso"])
            assert ((await here(world, browser)).kind is ActorKind.ANONYMOUS) is over


async def test_of_many_callbacks_with_one_state_one_comes_in(world, browser, doors):
    brought = await leave(browser, doors, "sso")
    answers = await asyncio.gather(*(browser.get("/auth/callback/sso", params=brought) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400]
    assert len(await world.events(None, "person.signed_in")) == 1


async def test_two_tabs_of_somebody_new_make_one_person(world, browser, doors):
    first, second = [await leave(browser, doors, "sso") for _ in range(2)]
    answers = await asyncio.gather(*(browser.get("/auth/callback/sso", params=each) for each in (first, second)))
    assert {answer.status_code for answer in answers} == {303}
    assert await person(world, "nia@quillhaven.example")


async def test_a_session_and_an_attempt_that_somebody_else_chose_are_not_kept(world, browser, doors):
    """Fixation: what was in the browser before signing in is worth nothing after it."""
    chosen = "mss_" + "x" * 49
    browser.cookies.set(SESSION, chosen)
    browser.cookies.set(ATTEMPT, "chosen")
    assert (await come(browser, doors, "sso", email="ben@quillhaven.example")).status_code == 303
    secrets = [cookie.value for cookie in browser.cookies.jar if cookie.name == SESSION]
    assert secrets[-1] != chosen
    assert (await actor_of(world.database, None, chosen)).kind is ActorKind.ANONYMOUS


async def test_cookies_of_a_neighbouring_host_are_not_ours_with_tls(database, issuer):
    """Cookie tossing: a name without the prefix can be set by any host beside us, and over plain http."""
    settings = Settings(MUSTER_PUBLIC_URL="https://muster.test", OIDC_ISSUER=issuer.address, OIDC_CLIENT_ID="muster")
    runtime = Runtime(settings, database, Live(database))
    app = Starlette(routes=console.app.routes(runtime))
    app.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://muster.test") as http:
        answer = await http.get("/auth/login/sso")
        assert answer.headers["set-cookie"].startswith(f"__Host-{ATTEMPT}=")
        brought = issuer.authorize(answer.headers["location"])
        secret = http.cookies[f"__Host-{ATTEMPT}"]
        http.cookies.clear()
        tossed = {"cookie": f"{ATTEMPT}={secret}"}
        assert (await http.get("/auth/callback/sso", params=brought, headers=tossed)).status_code == 400
        ours = {"cookie": f"{ATTEMPT}=other; __Host-{ATTEMPT}={secret}"}
        answer = await http.get("/auth/callback/sso", params=brought, headers=ours)
        assert answer.status_code == 303
        session = next(it for it in answer.headers.get_list("set-cookie") if it.startswith(f"__Host-{SESSION}="))
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= set(session.lower().split("; "))
        assert "domain" not in session.lower()
        tossed = {"cookie": f"{SESSION}={http.cookies[f'__Host-{SESSION}']}"}
        http.cookies.clear()
        assert "You are not signed in" in (await http.get("/auth/logout", headers=tossed)).text
