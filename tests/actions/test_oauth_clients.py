"""OAuth clients of service accounts: who may make them, and how far they reach."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.oauth.clients import create_oauth_client, revoke_oauth_client
from actions.service_accounts import create_service_account, save_service_account
from actions.tokens import create_token
from auth.identify import Identity
from auth.scope import permissions_of
from auth.secret import CLIENT_SECRET, digest, well_formed
from core.errors import DomainError, ErrorCode
from core.ids import encode
from models.words import AccessRole


@pytest.fixture
async def account(world):
    made = await world.do(create_service_account, world.ada, name="CI", access_role=AccessRole.MANAGER)
    return encode("ServiceAccount", made.id)


def given(account, **more):
    return {"service_account": account, "name": "deploy", "access_role": AccessRole.RESPONDER, **more}


async def test_a_client_is_made_with_a_secret_that_is_kept_as_its_digest(world, account):
    bounds = {"scopes": ["alerts:write", "incidents:read"], "networks": ["10.0.0.0/8"]}
    client, secret = await world.do(create_oauth_client, world.ada, **given(account, **bounds))
    assert well_formed(secret, CLIENT_SECRET)
    assert client.secret_digest == digest(secret)
    assert client.scopes == ["incidents:read", "alerts:write"]
    assert client.networks == ["10.0.0.0/8"]
    fact = (await world.events(None, "access.granted"))[-1]
    assert (fact.data["noun"], fact.data["key"], fact.actor_id) == ("oauth_client", client.id, world.ada.id)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["everything"]}),
        ("networks", {"networks": []}),
        ("networks.0", {"networks": ["10.0.0.1/8"]}),
        ("networks.1", {"networks": ["10.0.0.0/8", "example.org"]}),
        ("name", {"name": " "}),
        ("access_role", {"access_role": AccessRole.ADMIN}),
    ],
)
async def test_what_can_not_be_is_refused_with_the_field_at_fault(world, account, field, wrong):
    with pytest.raises(DomainError) as refused:
        await world.do(create_oauth_client, world.ada, **given(account, **wrong))
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_INPUT, field)
    assert refused.value.hint


async def test_only_who_keeps_people_may_make_and_end_them(world, account):
    client, _ = await world.do(create_oauth_client, world.ada, **given(account))
    for who in (world.ben, world.dov, world.eve):
        with pytest.raises(DomainError) as made:
            await world.do(create_oauth_client, who, **given(account))
        with pytest.raises(DomainError) as ended:
            await world.do(revoke_oauth_client, who, client=encode("OAuthClient", client.id))
        assert made.value.code is ended.value.code is ErrorCode.FORBIDDEN


async def test_a_limited_credential_makes_no_client_that_may_do_more(world, account):
    limited = replace(world.ada, limit=permissions_of(["admin:people", "alerts:write"]))
    for more in ({}, {"scopes": ["incidents:write"]}, {"scopes": ["alerts:write", "updates:publish"]}):
        with pytest.raises(DomainError) as refused:
            await world.do(create_oauth_client, limited, **given(account, **more))
        assert refused.value.code is ErrorCode.FORBIDDEN
    client, _ = await world.do(create_oauth_client, limited, **given(account, scopes=["alerts:write"]))
    assert client.scopes == ["alerts:write"]


async def test_a_bound_token_makes_no_client_that_goes_further(world, account):
    async def with_token(token, **more):
        async with world.database.unit_of_work() as session:
            session.info["identity"] = Identity(world.ada, token_id=token.id)
            return (await create_oauth_client(session, world.ada, **given(account, **more)))[0]

    mine = {"name": "mine", "access_role": AccessRole.VIEWER, "service_account": account}
    near, _ = await world.do(create_token, world.ada, **mine, networks=["10.0.0.0/8"])
    bound, _ = await world.do(create_token, world.ada, **mine, documents=["0" * 64])
    with pytest.raises(DomainError, match="goes further"):
        await with_token(near, networks=["0.0.0.0/0"])
    assert (await with_token(near)).networks == ["10.0.0.0/8"]
    assert (await with_token(near, networks=["10.1.0.0/16"])).networks == ["10.1.0.0/16"]
    with pytest.raises(DomainError, match="bound to trusted documents"):
        await with_token(bound)
    brief, _ = await world.do(create_token, world.ada, **mine, expires_at=world.clock.now() + timedelta(hours=1))
    with pytest.raises(DomainError, match="expires"):
        await with_token(brief)


async def test_ending_a_client_twice_changes_nothing(world, account):
    client, _ = await world.do(create_oauth_client, world.ada, **given(account))
    reference = encode("OAuthClient", client.id)
    first = await world.do(revoke_oauth_client, world.ada, client=reference)
    again = await world.do(revoke_oauth_client, world.ada, client=reference)
    assert first.revoked_at == again.revoked_at
    assert len(await world.events(None, "access.revoked")) == 1


async def test_what_is_not_there_is_refused(world, account):
    with pytest.raises(DomainError) as nobody:
        await world.do(revoke_oauth_client, world.ada, client=encode("OAuthClient", 99))
    with pytest.raises(DomainError) as nothing:
        await world.do(create_oauth_client, world.ada, **given(encode("ServiceAccount", 99)))
    assert nobody.value.code is nothing.value.code is ErrorCode.NOT_FOUND
    await world.do(save_service_account, world.ada, id=account, archived=True)
    with pytest.raises(DomainError) as archived:
        await world.do(create_oauth_client, world.ada, **given(account))
    assert (archived.value.code, archived.value.field) == (ErrorCode.INVALID_INPUT, "service_account")
