"""No credential makes one that may do more than itself: by scope, network, document or life, or through a person."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from actions.catalogue.people import save_user
from actions.sessions import invite
from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.tokens import create_token
from auth.actor import SYSTEM
from auth.identify import Identity
from core import ids
from core.errors import DomainError, ErrorCode
from models.access import BrowserSession
from models.delivery import Webhook
from models.words import AccessRole
from tests.schema.credentials import TOKEN, Scripts
from tests.schema.doorway import Doorway, document_of

REFUSED = "FORBIDDEN"


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
def issuer_token(world, clock):
    """What a mutation by Ada's token of another issuer is: good for five minutes."""
    identity = Identity(world.ada, ends_at=clock.now() + timedelta(minutes=5))

    async def does(action, **given):
        async with world.database.unit_of_work() as session:
            session.info["identity"] = identity
            return await action(session, identity.actor, **given)

    return SimpleNamespace(does=does, ends_at=identity.ends_at)


@pytest.fixture
def scripts(api, runtime):
    return Scripts(api, runtime)


async def test_a_limited_personal_token_makes_none_that_is_wider(scripts):
    _, narrow = await scripts.token("ben", accessRole="RESPONDER", scopes=["incidents:read", "updates:publish"])
    given = {"name": "Wider", "accessRole": "RESPONDER"}
    assert await scripts.does(narrow, "createToken", **given) == (REFUSED, "scopes")
    assert await scripts.does(narrow, "createToken", **given, scopes=["incidents:write"]) == (REFUSED, "scopes")
    same = await scripts.does(narrow, "createToken", TOKEN, **given, scopes=["updates:publish"])
    assert same["token"]["scopes"] == ["updates:publish"]
    assert (await scripts.does(narrow, "createToken", TOKEN, name="Less", accessRole="VIEWER"))["secret"]


async def test_a_token_with_scopes_ends_nothing_of_its_owner_but_itself(world, scripts):
    other, other_secret = await scripts.token("ben", accessRole="VIEWER", scopes=["incidents:read"])
    own, secret = await scripts.token("ben", accessRole="RESPONDER", scopes=["incidents:write", "updates:publish"])
    async with world.database.unit_of_work() as session:
        await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, world.users["ben"]))
    async with world.database.reading() as reader:
        key = await reader.scalar(select(BrowserSession.id))
    for mutation, given in (
        ("revokeToken", {"token": other["id"]}),
        ("rotateToken", {"token": other["id"], "overlapMinutes": 0}),
        ("endSession", {"session": ids.encode("Session", key)}),
        ("endSessions", {"user": world.id_of("ben")}),
    ):
        assert await scripts.does(secret, mutation, **given) == (REFUSED, None), mutation
    assert (await scripts.code(other_secret))[0] == 200
    successor = await scripts.does(secret, "rotateToken", TOKEN, token=own["id"])
    assert (await scripts.does(successor["secret"], "revokeToken", token=successor["token"]["id"]))["cursor"]
    _, unscoped = await scripts.token("ben", accessRole="RESPONDER")
    assert (await scripts.does(unscoped, "revokeToken", token=other["id"]))["cursor"]
    assert (await scripts.does(unscoped, "endSessions", user=world.id_of("ben")))["cursor"]
    _, people = await scripts.token("ada", accessRole="ADMIN", scopes=["admin:people"])
    assert (await scripts.does(people, "endSessions", user=world.id_of("ben")))["cursor"]


async def test_nor_does_it_rotate_a_wider_one_of_its_owner(scripts):
    wide, _ = await scripts.token("ben", accessRole="RESPONDER")
    narrow, secret = await scripts.token("ben", accessRole="RESPONDER", scopes=["incidents:read"])
    assert await scripts.does(secret, "rotateToken", token=wide["id"]) == (REFUSED, None)
    widest, _ = await scripts.token("ada", accessRole="ADMIN")
    _, people = await scripts.token("ada", accessRole="ADMIN", scopes=["admin:people"])
    assert await scripts.does(people, "rotateToken", token=widest["id"]) == (REFUSED, "scopes")
    assert (await scripts.does(secret, "rotateToken", TOKEN, token=narrow["id"]))["token"]["scopes"] == narrow["scopes"]


@pytest.mark.parametrize("scopes", [["admin:people"], ["admin:*"]])
async def test_a_token_for_people_makes_no_way_to_more(scripts, world, scopes):
    account = await scripts.account("ADMIN")
    _, secret = await scripts.script(scopes=scopes)
    more = {"name": "More", "serviceAccount": account}
    assert await scripts.does(secret, "createToken", **more, accessRole="ADMIN") == (REFUSED, "scopes")
    assert await scripts.does(secret, "createToken", **more, accessRole="RESPONDER") == (REFUSED, "scopes")
    assert await scripts.does(secret, "createServiceAccount", name="Boss", accessRole="ADMIN") == (REFUSED, "scopes")
    for person in ("ada", "ben", "eve"):
        assert await scripts.does(secret, "createSignInLink", user=world.id_of(person)) == (REFUSED, None)
    mallory = {"name": "Mallory", "email": "mallory@quillhaven.example"}
    assert await scripts.does(secret, "saveUser", **mallory, accessRole="ADMIN") == (REFUSED, None)
    assert await scripts.does(secret, "saveUser", id=world.id_of("ben"), accessRole="ADMIN") == (REFUSED, None)
    ada = world.id_of("ada")
    assert await scripts.does(secret, "saveUser", id=ada, email="mallory@quillhaven.example") == (REFUSED, None)
    assert await scripts.does(secret, "saveUser", id=ada, seesPrivate=True) == (REFUSED, None)
    joined = await scripts.does(secret, "saveUser", "user { accessRole }", **mallory, accessRole="RESPONDER")
    assert joined == {"user": {"accessRole": "RESPONDER"}}, "people are its business, admins are not"


async def test_a_weak_account_is_not_made_strong_by_a_limited_token(scripts):
    account = await scripts.account("VIEWER")
    _, secret = await scripts.script(scopes=["admin:people"])
    given = {"id": account, "accessRole": "ADMIN"}
    assert await scripts.does(secret, "saveServiceAccount", **given) == (REFUSED, "scopes")
    assert await scripts.does(secret, "saveServiceAccount", id=account, archived=True) != (REFUSED, None)


async def test_a_token_for_some_networks_makes_none_for_others(scripts):
    _, secret = await scripts.script(networks=["127.0.0.0/8", "10.0.0.0/8"])
    given = {"name": "CI", "accessRole": "VIEWER", "serviceAccount": await scripts.account("VIEWER")}
    for networks in (["0.0.0.0/0"], ["10.1.0.0/16", "192.0.2.1"], ["::/0"]):
        assert await scripts.does(secret, "createToken", **given, networks=networks) == (REFUSED, "networks")
    made = await scripts.does(secret, "createToken", TOKEN, **given, networks=["10.1.0.0/16"])
    assert made["token"]["networks"] == ["10.1.0.0/16"]
    made = await scripts.does(secret, "createToken", TOKEN, **given)
    assert made["token"]["networks"] == ["127.0.0.0/8", "10.0.0.0/8"]


async def test_nor_a_link_without_any(scripts, world):
    _, secret = await scripts.script(networks=["127.0.0.0/8"])
    assert await scripts.does(secret, "createSignInLink", user=world.id_of("ben")) == (REFUSED, None)
    _, free = await scripts.script()
    assert "url" in await scripts.does(free, "createSignInLink", "url", user=world.id_of("ben"))


async def test_nor_a_person_or_an_account_that_comes_in_from_anywhere(scripts, world):
    """Whoever finds a token that is bound to networks could otherwise rid it of them, through a provider."""
    _, secret = await scripts.script(networks=["127.0.0.0/8"])
    made = {"name": "Mallory", "email": "mallory@quillhaven.example"}
    assert await scripts.does(secret, "saveUser", **made, accessRole="ADMIN") == (REFUSED, None)
    assert await scripts.does(secret, "saveUser", id=world.id_of("ada"), email=made["email"]) == (REFUSED, None)
    assert await scripts.does(secret, "saveUser", id=world.id_of("ben"), accessRole="ADMIN") == (REFUSED, None)
    vouched = {"name": "Bot", "accessRole": "ADMIN", "issuer": "https://login.example", "subject": "bot"}
    assert await scripts.does(secret, "createServiceAccount", **vouched) == (REFUSED, None)
    assert "cursor" in await scripts.does(secret, "createServiceAccount", name="Bot", accessRole="VIEWER")


async def test_nor_does_a_token_of_another_issuer_outlive_itself(world, issuer_token):
    """Such a token has no row: what it is held to comes with the request."""
    ends = issuer_token.ends_at
    made, _ = await issuer_token.does(create_token, name="CI", access_role=AccessRole.VIEWER)
    assert made.expires_at == ends
    for action, given in (
        (create_token, {"name": "CI", "access_role": AccessRole.VIEWER, "expires_at": ends + timedelta(seconds=1)}),
        (invite, {"user": world.id_of("ben")}),
        (save_user, {"name": "M", "email": "m@quillhaven.example", "access_role": AccessRole.ADMIN}),
    ):
        with pytest.raises(DomainError) as refused:
            await issuer_token.does(action, **given)
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_nor_a_client_that_outlives_it(scripts, clock):
    end = clock.now() + timedelta(hours=1)
    account = await scripts.account()
    _, secret = await scripts.script(expiresAt=end.isoformat())
    given = {"serviceAccount": account, "name": "CI", "accessRole": "VIEWER"}
    assert await scripts.does(secret, "createOAuthClient", **given) == (REFUSED, None)


async def test_a_token_for_some_documents_makes_none_for_others(scripts):
    allowed = document_of("createToken", TOKEN)
    digest, other = hashlib.sha256(allowed.encode()).hexdigest(), "0" * 64
    _, secret = await scripts.script(documents=[digest])
    given = {"name": "CI", "accessRole": "VIEWER", "serviceAccount": await scripts.account("VIEWER")}
    assert await scripts.does(secret, "createToken", TOKEN, **given, documents=[digest, other]) == (
        REFUSED,
        "documents",
    )
    made = await scripts.does(secret, "createToken", TOKEN, **given)
    assert made["token"]["documents"] == [digest]


async def test_a_token_that_expires_makes_none_that_outlives_it(scripts, clock):
    end = clock.now() + timedelta(hours=1)
    token, secret = await scripts.token("ben", expiresAt=end.isoformat())
    given = {"name": "CI", "accessRole": "VIEWER"}
    later = (end + timedelta(seconds=1)).isoformat()
    assert await scripts.does(secret, "createToken", **given, expiresAt=later) == (REFUSED, "expiresAt")
    made = await scripts.does(secret, "createToken", TOKEN, **given)
    assert made["token"]["expiresAt"] == token["expiresAt"]
    clock.advance(minutes=30)
    rotated = await scripts.does(secret, "rotateToken", TOKEN, token=token["id"])
    assert rotated["token"]["expiresAt"] == token["expiresAt"]


async def test_a_script_has_no_personal_tokens(scripts):
    _, secret = await scripts.script("RESPONDER")
    given = {"name": "CI", "accessRole": "VIEWER"}
    assert await scripts.does(secret, "createToken", **given) == ("INVALID_INPUT", "serviceAccount")


async def test_tokens_of_accounts_are_for_whoever_keeps_people(api, scripts):
    token, secret = await scripts.script("RESPONDER")
    for by in ("ben", "dov"):
        assert await api.refused(by, "rotateToken", token=token["id"]) == (REFUSED, None)
        assert await api.refused(by, "revokeToken", token=token["id"]) == (REFUSED, None)
    assert await scripts.does(secret, "rotateToken", token=token["id"]) == (REFUSED, None)
    assert (await api.do("ada", "rotateToken", TOKEN, token=token["id"]))["token"]["expiresAt"] is None


async def test_the_right_to_see_private_incidents_goes_with_the_role(api, world):
    ada, ben, dov = (world.id_of(name) for name in ("ada", "ben", "dov"))
    assert await api.refused("ada", "saveUser", id=ben, seesPrivate=True) == ("INVALID_INPUT", "seesPrivate")
    assert await api.refused("ada", "saveUser", id=ada, seesPrivate=None) == ("INVALID_INPUT", "seesPrivate")
    shown = "user { seesPrivate accessRole }"
    given = await api.do("ada", "saveUser", shown, id=dov, accessRole="ADMIN", seesPrivate=True)
    assert given["user"] == {"seesPrivate": True, "accessRole": "ADMIN"}
    taken = await api.do("ada", "saveUser", shown, id=dov, accessRole="MANAGER")
    assert taken["user"] == {"seesPrivate": False, "accessRole": "MANAGER"}
    changed = [e.data["changed"] for e in await world.events(None, "setting.saved")]
    assert [each["sees_private"]["to"] for each in changed] == [True, False]


async def test_nobody_takes_it_from_themselves(api, world):
    ada = world.id_of("ada")
    await api.do("ada", "saveUser", "cursor", id=world.id_of("dov"), accessRole="ADMIN")
    assert await api.refused("ada", "saveUser", id=ada, accessRole="VIEWER") == ("CONFLICT", "accessRole")
    assert await api.refused("ada", "saveUser", id=ada, archived=True) == ("CONFLICT", "archived")
    assert (await api.do("ada", "saveUser", "user { name }", id=ada, name="Ada O."))["user"] == {"name": "Ada O."}
    assert await api.refused("ada", "endSession", session=ids.encode("Token", 1)) == ("INVALID_INPUT", "session")


async def test_a_token_for_people_looks_for_no_text_in_settings(scripts, world):
    """It says what somebody is called, so that it could guess an address of a webhook, letter by letter."""
    async with world.database.unit_of_work() as session:
        about = {"kinds": [], "sealed_secret": b"x", "created_at": world.clock.now()}
        session.add(Webhook(url="https://hooks.example/T0/secret", **about))
    ask = "query ($user: ID!) { erasurePreview(user: $user) { mentions { place } mentionCount unread } }"
    _, people = await scripts.token("ada", accessRole="ADMIN", scopes=["admin:people"])
    user = {"id": world.id_of("eve"), "name": "hooks.example/T0/s"}
    assert (await scripts.does(people, "saveUser", **user))["cursor"]
    told = (await scripts.send(people, ask, user=user["id"])).json()["data"]["erasurePreview"]
    assert (told["mentions"], told["mentionCount"]) == ([], 0)
    assert "webhook" in told["unread"]
    _, whole = await scripts.token("ada", accessRole="ADMIN")
    told = (await scripts.send(whole, ask, user=user["id"])).json()["data"]["erasurePreview"]
    assert {"place": "webhook.url"} in told["mentions"]
