"""Tokens, sessions and OAuth clients at their page: one's own, and for whoever keeps people everybody's."""

import re

import pytest
from sqlalchemy import select

from actions.service_accounts import create_service_account
from auth.cookies import SESSION
from core.errors import DomainError
from core.ids import encode
from models.access import AccessToken, BrowserSession, OAuthClient
from models.words import AccessRole, ActorKind
from tests.console.desk import words
from tests.identity import actor_of

PATH = "/console/settings/tokens"
GIVEN = {"name": "Deploys", "access_role": "RESPONDER", "days": "30", "scopes": "incidents:read"}


async def rows(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).order_by(model.id))


def secret_in(page):
    return re.search(r'id="secret"[^>]*>([^<]+)<', page).group(1)


async def test_a_token_is_shown_once_works_and_is_told_by_its_last_letters(world, sits):
    ben = await sits("ben")
    assert "You have no token. Make one" in await ben.reads(PATH)
    first = await ben.post(f"{PATH}/new", {**GIVEN, "_key": "one"})
    assert first.headers["cache-control"] == "no-store"
    secret = secret_in(first.text)
    again = await ben.post(f"{PATH}/new", {**GIVEN, "_key": "one"})
    assert "was shown then" in words(again.text)
    assert secret not in again.text
    [token] = await rows(world, AccessToken)
    assert (token.name, token.access_role, token.scopes) == ("Deploys", AccessRole.RESPONDER, ["incidents:read"])
    assert (await actor_of(world.database, f"Bearer {secret}", None)).user_id == world.users["ben"].id
    page = await ben.get(PATH)
    assert f"…{token.hint}" in page.text
    assert secret not in page.text
    assert (await ben.get(f"{PATH}/new")).headers["location"] == PATH


async def test_what_is_wrong_is_told_at_its_field(world, sits):
    ben = await sits("ben")
    page = await ben.is_refused(f"{PATH}/new", {**GIVEN, "name": ""})
    assert 'aria-invalid="true"' in page.partition('id="token-name"')[2].partition(">")[0]
    assert 'value="incidents:read" checked' in page
    page = await ben.is_refused(f"{PATH}/new", {**GIVEN, "networks": "10.0.0.0/8 home"})
    assert "home" in words(page)
    assert (await ben.post(f"{PATH}/new", {**GIVEN, "access_role": "ADMIN"})).status_code == 403
    assert await rows(world, AccessToken) == []


async def test_rotating_and_revoking(world, sits):
    ben, chi = await sits("ben"), await sits("chi")
    old = secret_in((await ben.post(f"{PATH}/new", GIVEN)).text)
    [token] = await rows(world, AccessToken)
    address = f"{PATH}/{encode('Token', token.id)}"
    new = secret_in((await ben.post(f"{address}/rotate")).text)
    assert "has a successor" in await ben.reads(PATH)
    for secret in (old, new):
        assert (await actor_of(world.database, f"Bearer {secret}", None)).kind is ActorKind.USER
    for step in ("rotate", "revoke"):
        assert (await chi.post(f"{address}/{step}")).status_code == 403
    assert await ben.does(f"{address}/revoke") == f"{PATH}?done=revoked"
    with pytest.raises(DomainError, match="revoked"):
        await actor_of(world.database, f"Bearer {old}", None)


async def test_a_session_is_ended_by_its_person_and_by_an_admin(world, sits):
    ben, ada = await sits("ben"), await sits("ada")
    assert "this one" in await ben.reads(PATH)
    page = await ada.reads(f"{PATH}?all=yes")
    assert "Everybody’s tokens and sessions" in page
    assert "Ben Silva" in page
    assert "Ben Silva" not in await ada.reads(PATH)
    [session] = [each for each in await rows(world, BrowserSession) if each.user_id == world.users["ben"].id]
    assert "Everybody" not in await ben.reads(f"{PATH}?all=yes")
    await ada.does(f"{PATH}/sessions/{encode('Session', session.id)}/end", {"all": "yes"})
    assert (await ben.get(PATH)).headers["location"].startswith("/auth/login")
    chi = await sits("chi")
    assert await chi.does(f"{PATH}/sessions/end") == "/auth/login"
    assert (await actor_of(world.database, None, chi.client.cookies[SESSION])).kind is ActorKind.ANONYMOUS


async def test_an_oauth_client_is_made_for_a_service_account_and_ended(world, sits):
    ada, ben = await sits("ada"), await sits("ben")
    assert "make a service account first" in await ada.reads(f"{PATH}?all=yes")
    account = await world.do(create_service_account, world.ada, name="Robot", access_role=AccessRole.RESPONDER)
    given = {"service_account": encode("ServiceAccount", account.id), "name": "CI", "access_role": "VIEWER"}
    assert (await ben.post(f"{PATH}/clients/new", given)).status_code == 403
    made = await ada.post(f"{PATH}/clients/new?all=yes", given)
    [client] = await rows(world, OAuthClient)
    assert client.client_id in words(made.text)
    assert client.secret_digest.hex() not in made.text
    page = await ada.reads(f"{PATH}?all=yes")
    assert f"CI {client.client_id} Robot viewer never" in page
    refused = await ada.is_refused(f"{PATH}/clients/new?all=yes", {**given, "access_role": "ADMIN"})
    assert 'value="CI"' in refused
    await ada.does(f"{PATH}/clients/{encode('OAuthClient', client.id)}/revoke")
    assert (await rows(world, OAuthClient))[0].revoked_at is not None
