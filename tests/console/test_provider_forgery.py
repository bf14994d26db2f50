"""Answers of an identity provider that are not believed: forged, late, replayed, of another browser."""

import asyncio

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import select

from auth.cookies import ATTEMPT, SESSION
from auth.oidc.tokens import LOGOUT
from models.access import SignInAttempt
from models.words import ActorKind
from tests.console.providing import BASE, leave, refusals, sign_in, stays_out
from tests.identity import actor_of
from tests.issuer import part


@pytest.mark.parametrize(("seconds", "comes_in"), [(-59, True), (-61, False), (359, True), (361, False)])
async def test_clocks_may_differ_by_a_minute(browser, issuer, clock, seconds, comes_in):
    """Ahead of us it says when it was issued; behind us it expires, after 300 s."""
    brought = await leave(browser, issuer)
    issuer.claims = {
        "iat": int(clock.moment.timestamp()),
        "exp": int(clock.moment.timestamp()) + 300,
    }
    clock.advance(seconds=seconds)
    answer = await browser.get("/auth/callback/sso", params=brought)
    assert (answer.status_code == 303) is comes_in


async def test_forged_signatures_are_not_believed(world, browser, issuer):
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    curve = ECKey.generate_key("P-256", {"kid": "first"})

    def none(_, claims):
        return f"{part({'alg': 'none'})}.{part(claims)}."

    def strangers(_, claims):
        return issuer.signed({}, claims, stranger)

    def another_type(_, claims):
        return issuer.signed({"alg": "ES256"}, claims, curve)

    def changed(header, claims):
        head, _, signature = issuer.signed(header, {**claims, "sub": "s-2"}).split(".")
        return f"{head}.{part(claims)}.{signature}"

    def nonsense(*_):
        return "no.token"

    for forge in (none, issuer.confused, strangers, another_type, changed, nonsense):
        issuer.forge = forge
        await stays_out(world, browser, await sign_in(browser, issuer))
    assert await refusals(world) == ["token"] * 6


async def test_new_keys_are_found_once_and_invented_ones_do_not_make_us_ask(browser, issuer):
    assert (await sign_in(browser, issuer)).status_code == 303
    issuer.keys = [RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})]
    assert (await sign_in(browser, issuer)).status_code == 303
    assert issuer.asked.count("jwks") == 2
    for number in range(3):
        invented = RSAKey.generate_key(2048, {"kid": f"invented-{number}"})
        issuer.forge = lambda header, claims, key=invented: issuer.signed(header, claims, key)
        assert (await sign_in(browser, issuer)).status_code == 403
    assert issuer.asked.count("jwks") == 2
    assert issuer.asked.count("metadata") == 1


async def test_an_answer_is_taken_once_by_the_browser_that_asked_and_within_ten_minutes(
    application, browser, issuer, clock
):
    brought = await leave(browser, issuer)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE) as other:
        stolen = await other.get("/auth/callback/sso", params=brought)
        assert stolen.status_code == 400
    assert (await browser.get("/auth/callback/sso", params={**brought, "state": "guessed"})).status_code == 400
    assert (await browser.get("/auth/callback/sso", params=brought)).status_code == 303
    assert (await browser.get("/auth/callback/sso", params=brought)).status_code == 400
    late = await leave(browser, issuer)
    clock.advance(minutes=10, seconds=1)
    assert (await browser.get("/auth/callback/sso", params=late)).status_code == 400


async def test_a_used_code_and_the_answer_of_another_issuer_are_refused(browser, issuer):
    used = await leave(browser, issuer)
    await browser.get("/auth/callback/sso", params=used)
    browser.cookies.delete(SESSION)
    fresh = await leave(browser, issuer)
    assert (await browser.get("/auth/callback/sso", params={**fresh, "code": used["code"]})).status_code == 403
    for mixed in ({"iss": "https://evil.example"}, {"iss": None}):
        brought = {**await leave(browser, issuer), **mixed}
        sent = {key: value for key, value in brought.items() if value is not None}
        assert (await browser.get("/auth/callback/sso", params=sent)).status_code == 403
    assert SESSION not in browser.cookies


async def test_two_tabs_can_both_finish(browser, issuer):
    first, second = await leave(browser, issuer), await leave(browser, issuer)
    cookie = browser.cookies[ATTEMPT]
    assert (await browser.get("/auth/callback/sso", params=first)).status_code == 303
    browser.cookies.set(ATTEMPT, cookie)
    assert (await browser.get("/auth/callback/sso", params=second)).status_code == 303


async def test_nothing_readable_of_an_attempt_is_kept(world, browser, issuer):
    brought = await leave(browser, issuer)
    async with world.database.reading() as reader:
        [row] = await reader.rows(SignInAttempt, select(SignInAttempt))
    assert brought["state"].encode() not in row.state_digest
    assert world.database.secrets.open(row.verifier)


LOGOUTS = {
    "none": lambda _, said: f"{part({'alg': 'none', 'typ': 'logout+jwt'})}.{part(said)}.",
    "no signature": lambda issuer, said: issuer.signed({}, said).rpartition(".")[0] + ".",
    "hmac with the public key": lambda issuer, said: issuer.confused({"typ": "logout+jwt"}, said),
    "another key": lambda issuer, said: issuer.signed({}, said, RSAKey.generate_key(2048, {"kid": "first"})),
    "an access token": lambda issuer, said: issuer.signed({"typ": "at+jwt"}, said),
    "an ID token": lambda issuer, said: issuer.signed({}, {**said, "events": {}, "nonce": "n"}),
    "a nonce": lambda issuer, said: issuer.signed({}, {**said, "nonce": None}),
    "no events": lambda issuer, said: issuer.signed({}, {k: v for k, v in said.items() if k != "events"}),
    "events as a list": lambda issuer, said: issuer.signed({}, {**said, "events": [LOGOUT]}),
    "another event": lambda issuer, said: issuer.signed({}, {**said, "events": {LOGOUT + "x": {}}}),
    "another audience": lambda issuer, said: issuer.signed({}, {**said, "aud": "muster2"}),
    "audiences": lambda issuer, said: issuer.signed({}, {**said, "aud": ["muster", "another"]}),
    "another party": lambda issuer, said: issuer.signed({}, {**said, "azp": "another"}),
    "another issuer": lambda issuer, said: issuer.signed({}, {**said, "iss": "https://evil.example"}),
    "no jti": lambda issuer, said: issuer.signed({}, {**said, "jti": ""}),
    "a jti with NUL": lambda issuer, said: issuer.signed({}, {**said, "jti": "\x00"}),
    "nobody": lambda issuer, said: issuer.signed({}, {k: v for k, v in said.items() if k not in ("sub", "sid")}),
    "no subject": lambda issuer, said: issuer.signed({}, {**said, "sub": None}),
    "old": lambda issuer, said: issuer.signed({}, {**said, "exp": said["iat"] - 61}),
    "of the future": lambda issuer, said: issuer.signed({}, {**said, "iat": said["iat"] + 61}),
    "for ever": lambda issuer, said: issuer.signed({}, {**said, "exp": 10**18}),
    "an infinite time": lambda issuer, said: issuer.signed({}, {**said, "iat": -(10**18)}),
}
"""Logout tokens that nobody is signed out by (Back-Channel Logout 1.0 §2.6)."""


@pytest.mark.parametrize("how", LOGOUTS)
async def test_forged_logout_tokens_end_nothing(world, browser, issuer, how):
    await sign_in(browser, issuer)
    said = issuer.said(jti="j", events={LOGOUT: {}}, sub="s-1", sid="there-1")
    token = LOGOUTS[how](issuer, said)
    answer = await browser.post("/auth/backchannel-logout", data={"logout_token": token})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert (await actor_of(world.database, None, browser.cookies[SESSION])).kind is ActorKind.USER
    honest = issuer.signed({"typ": "logout+jwt"}, said)
    tries = [browser.post("/auth/backchannel-logout", data={"logout_token": honest}) for _ in range(3)]
    assert sorted(each.status_code for each in await asyncio.gather(*tries)) == [200, 400, 400]
    assert (await actor_of(world.database, None, browser.cookies[SESSION])).kind is ActorKind.ANONYMOUS


async def test_codes_that_no_provider_gave_fill_no_audit_trail(world, browser, issuer):
    """Anybody can begin a sign-in and bring back nonsense."""
    for _ in range(15):
        brought = await leave(browser, issuer)
        answer = await browser.get("/auth/callback/sso", params={**brought, "code": "nonsense"})
        assert answer.status_code == 403
    assert await refusals(world) == ["token"] * 10
