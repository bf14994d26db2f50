"""Letting a device in (RFC 8628): the device's side, and the page on which a person decides."""

import asyncio
import re

import pytest
from sqlalchemy import select, update

from models.access import AccessToken
from models.person import User
from models.words import AccessRole
from tests.console.oauth import CLI, DEVICE_GRANT, application, graphql, sign_in, visitor


@pytest.fixture
async def app(database):
    return application(database)


@pytest.fixture
async def device(app):
    async with visitor(app, "203.0.113.77") as client:
        client.headers["user-agent"] = "muster <b>"
        yield client


@pytest.fixture
async def ben(world, app):
    async with visitor(app) as browser:
        await sign_in(world, browser, "ben")
        yield browser


async def ask(device, **form):
    answer = await device.post("/oauth/device_authorization", data={**CLI, **form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def poll(device, asked):
    form = {**CLI, "grant_type": DEVICE_GRANT, "device_code": asked["device_code"]}
    answer = await device.post("/oauth/token", data=form)
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def error_of(device, asked):
    return (await poll(device, asked))["error"]


async def decide(browser, asked, decision):
    return await browser.post("/auth/device", data={"user_code": asked["user_code"], "decision": decision})


async def test_a_person_lets_a_device_in(world, device, ben, clock):
    asked = await ask(device, scope="alerts:write incidents:read")
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", asked["user_code"])
    assert asked["verification_uri"] == "https://muster.example.org/auth/device"
    assert (asked["expires_in"], asked["interval"]) == (600, 5)
    assert await error_of(device, asked) == "authorization_pending"

    form = await ben.get(asked["verification_uri_complete"])
    assert f'value="{asked["user_code"]}"' in form.text
    assert "signed in as Ben Silva" in form.text
    assert form.headers["referrer-policy"] == "same-origin"
    shown = await ben.post("/auth/device", data={"user_code": asked["user_code"].lower().replace("-", " ")})
    assert shown.status_code == 200
    for told in ("203.0.113.77", "muster &lt;b&gt;", "<code>alerts:write</code>", "<code>incidents:read</code>"):
        assert told in shown.text
    assert "incidents:write" not in shown.text
    assert await error_of(device, asked) in {"authorization_pending", "slow_down"}, "looking lets nobody in"

    assert "The device is in" in (await decide(ben, asked, "approve")).text
    token = await poll(device, asked)
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 30 * 86400)
    assert token["scope"] == "incidents:read alerts:write"
    viewer = (await graphql(device, token["access_token"])).json()["data"]["viewer"]
    assert viewer == {"kind": "USER", "name": "Ben Silva"}
    report = 'mutation { reportIncident(input: {title: "x"}) { incident { id } } }'
    refused = (await graphql(device, token["access_token"], report)).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await error_of(device, asked) == "invalid_grant", "a code is good once"
    granted = [e for e in await world.events(None, "access.granted") if e.data["noun"] == "token"]
    assert [(e.actor_id, e.data["for_user_id"]) for e in granted] == [(world.users["ben"].id,) * 2]
    clock.advance(days=30)
    assert (await graphql(device, token["access_token"])).status_code == 401


async def test_who_asks_for_nothing_gets_the_least(device, ben):
    asked = await ask(device)
    await decide(ben, asked, "approve")
    assert (await poll(device, asked))["scope"] == "incidents:read"


async def test_a_device_that_is_turned_away_hears_so(world, device, ben):
    asked = await ask(device)
    assert "turned away" in (await decide(ben, asked, "deny")).text
    assert await error_of(device, asked) == "access_denied"
    assert (await decide(ben, asked, "approve")).status_code == 404, "a decision stands"
    assert await error_of(device, asked) == "access_denied"
    refused = [event.data["code"] for event in await world.events(None, "access.refused")]
    assert refused == ["access_denied", "NOT_FOUND"]


async def test_a_device_that_asks_too_often_has_to_wait_longer(device, clock):
    asked = await ask(device)
    assert await error_of(device, asked) == "authorization_pending"
    clock.advance(seconds=4)
    assert await error_of(device, asked) == "slow_down"
    clock.advance(seconds=7)
    assert await error_of(device, asked) == "slow_down", "ten seconds now"
    clock.advance(seconds=15)
    assert await error_of(device, asked) == "authorization_pending"


async def test_a_code_is_good_for_ten_minutes(device, ben, clock):
    late, used = await ask(device), await ask(device)
    await decide(ben, used, "approve")
    clock.advance(minutes=10)
    assert (await decide(ben, late, "approve")).status_code == 404
    assert await error_of(device, late) == "expired_token"
    assert await error_of(device, used) == "expired_token"


async def test_who_has_left_since_lets_nobody_in(world, device, ben):
    asked = await ask(device)
    await decide(ben, asked, "approve")
    async with world.database.unit_of_work() as session:
        await session.execute(update(User).where(User.name == "Ben Silva").values(archived_at=world.clock.now()))
    assert await error_of(device, asked) == "access_denied"


async def test_the_token_never_exceeds_its_person(world, app, device):
    asked = await ask(device, scope="admin:* incidents:write")
    async with visitor(app) as eve:
        await sign_in(world, eve, "eve")
        await decide(eve, asked, "approve")
    token = await poll(device, asked)
    report = 'mutation { reportIncident(input: {title: "x"}) { incident { id } } }'
    refused = (await graphql(device, token["access_token"], report)).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with world.database.reading() as reader:
        row = await reader.row(AccessToken, select(AccessToken))
    assert row.access_role is AccessRole.VIEWER


@pytest.mark.parametrize(
    ("form", "error", "status"),
    [
        ({}, "invalid_client", 401),
        ({"client_id": "somebody"}, "invalid_client", 401),
        ({**CLI, "scope": "everything"}, "invalid_scope", 400),
    ],
)
async def test_a_device_that_asks_wrongly_is_refused(device, form, error, status):
    answer = await device.post("/oauth/device_authorization", data=form or {"x": "y"})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_code_that_never_was_is_refused(device):
    for code in ("", "msd_x", "\u00e9"):
        answer = await device.post("/oauth/token", data={**CLI, "grant_type": DEVICE_GRANT, "device_code": code})
        assert answer.status_code == 400
        assert answer.json()["error"] == ("invalid_grant" if code else "invalid_request")


async def test_muster_logout_ends_a_token_by_holding_it(device, ben):
    asked = await ask(device)
    await decide(ben, asked, "approve")
    token = (await poll(device, asked))["access_token"]
    assert (await graphql(device, token)).status_code == 200
    assert (await device.post("/oauth/revoke", data={**CLI, "token": token})).status_code == 200
    assert (await graphql(device, token)).status_code == 401


async def test_a_stranger_is_sent_to_sign_in_and_back(device):
    asked = await ask(device)
    for answer in (await device.get(asked["verification_uri_complete"]), await device.get("/auth/device?user_code=<")):
        assert answer.status_code == 303
    assert (await device.get("/auth/device")).headers["location"] == "/auth/login?next=/auth/device"
    there = (await device.get(asked["verification_uri_complete"])).headers["location"]
    assert there == f"/auth/login?next=/auth/device%3Fuser_code%3D{asked['user_code']}"
    assert (await decide(device, asked, "approve")).status_code == 303
    assert await error_of(device, asked) == "authorization_pending"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "https://blog.example.org", "sec-fetch-site": "same-site"},
    ],
)
async def test_a_page_of_another_site_lets_nobody_in(device, ben, headers):
    asked = await ask(device)
    ben.headers.update(headers)
    assert (await decide(ben, asked, "approve")).status_code == 403
    del ben.headers["origin"], ben.headers["sec-fetch-site"]
    assert (await decide(ben, asked, "approve")).status_code == 403
    assert await error_of(device, asked) == "authorization_pending"


async def test_codes_are_not_to_be_guessed(world, app, device, ben, clock):
    asked = await ask(device)
    for n in range(10):
        answer = await ben.post("/auth/device", data={"user_code": f"BCDF-GHJ{'KLMNPQRSTV'[n]}"})
        assert answer.status_code == 404
        assert "No device waits" in answer.text
    refused = await decide(ben, asked, "approve")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    async with visitor(app) as browser:
        await sign_in(world, browser, "chi")
        assert (await browser.post("/auth/device", data={"user_code": asked["user_code"]})).status_code == 200
    clock.advance(minutes=10)
    fresh = await ask(device)
    assert (await decide(ben, fresh, "approve")).status_code == 200


@pytest.mark.parametrize(
    "content", [b"", b"user_code=%00", b"user_code=" + b"B" * 20_000, b"a=1&a=2", b"user_code=%ff"]
)
async def test_a_malformed_form_is_answered_with_a_page(ben, content):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await ben.post("/auth/device", content=content, headers=kind)
    assert answer.status_code in {400, 404, 413}
    assert 'role="alert"' in answer.text


async def test_strangers_fill_no_table(app, device, clock):
    for _ in range(50):
        await ask(device)
    refused = await device.post("/oauth/device_authorization", data=CLI)
    assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
    assert refused.headers["retry-after"]
    async with visitor(app, "192.0.2.1") as another:
        await ask(another)
    clock.advance(minutes=10)
    await ask(device)


async def test_a_network_of_addresses_is_one_stranger(app):
    for number in range(50):
        async with visitor(app, f"2001:db8::{number:x}{'%eth0' if number == 7 else ''}") as one:
            await ask(one)
    async with visitor(app, "2001:db8::ffff:1") as one, visitor(app, "2001:db8:0:1::1") as neighbour:
        assert (await one.post("/oauth/device_authorization", data=CLI)).status_code == 429
        await ask(neighbour)
    async with visitor(app, "no address: of a socket") as odd:
        await ask(odd)
    async with visitor(app, "2001:db8:0:2::1") as another:
        await ask(another)


async def test_who_is_archived_meanwhile_is_asked_to_sign_in(world, device, ben):
    asked = await ask(device)
    async with world.database.unit_of_work() as session:  # past the events: the session is still remembered
        await session.execute(update(User).where(User.name == "Ben Silva").values(archived_at=world.clock.now()))
    answer = await decide(ben, asked, "approve")
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login?next=/auth/device")
    assert await error_of(device, asked) == "authorization_pending"


async def test_a_code_becomes_one_token_however_many_ask_at_once(world, device, ben):
    asked = await ask(device)
    await decide(ben, asked, "approve")
    answers = await asyncio.gather(*(poll(device, asked) for _ in range(4)))
    assert sorted("access_token" in answer for answer in answers) == [False, False, False, True]
    async with world.database.reading() as reader:
        assert len(await reader.rows(AccessToken, select(AccessToken))) == 1
