"""Tokens for scripts through the API: who makes them, how far they reach, when they end."""

import hashlib
from datetime import timedelta

import pytest

from core import ids
from core.client import Client
from core.errors import DomainError
from tests.identity import identity_of
from tests.schema.credentials import TOKEN, WHO, Scripts
from tests.schema.doorway import Doorway

DECLARE = 'mutation { declareIncident(input: {title: "Down", severity: "SEV1"}) { cursor } }'
OK, OVER = (200, None), (401, "UNAUTHENTICATED")


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
def scripts(api, runtime):
    return Scripts(api, runtime)


def after(clock, **span):
    return (clock.now() + timedelta(**span)).isoformat()


async def test_a_personal_token_is_made_shown_once_and_acts_as_its_owner(api, scripts, clock):
    given = {"name": " Laptop ", "accessRole": "RESPONDER", "idempotencyKey": "k"}
    made = await api.do("ben", "createToken", f"{TOKEN} cursor", **given)
    secret, token = made["secret"], made["token"]
    assert secret.startswith("mst_")
    assert (token["name"], token["hint"], token["accessRole"]) == ("Laptop", secret[-4:], "RESPONDER")
    assert (token["scopes"], token["networks"], token["documents"]) == (None, None, None)
    assert token["expiresAt"][:19] == after(clock, days=90)[:19]
    assert (await scripts.send(secret)).json()["data"]["viewer"] == {"kind": "USER", "name": "Ben Silva"}
    again = await api.do("ben", "createToken", f"{TOKEN} cursor", **given)
    assert again == {**made, "secret": None}


async def test_what_is_asked_for_is_normalised(scripts):
    digest = hashlib.sha256(WHO.encode()).hexdigest()
    token, _ = await scripts.token(
        scopes=["updates:publish", "incidents:read", "updates:publish"],
        networks=["10.0.0.0/8", " 203.0.113.7", "2001:DB8:0::/32", "10.0.0.0/8"],
        documents=[digest.upper(), digest],
        accessRole="ADMIN",
    )
    assert token["scopes"] == ["incidents:read", "updates:publish"]
    assert token["networks"] == ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/32"]
    assert token["documents"] == [digest]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"scopes": ["incidents:delete"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"networks": []}, "networks"),
        ({"networks": ["10.0.0.0/8", "nowhere"]}, "networks.1"),
        ({"networks": ["10.0.0.1/8"]}, "networks.0"),
        ({"networks": [f"10.0.0.{n}" for n in range(21)]}, "networks"),
        ({"documents": []}, "documents"),
        ({"documents": ["cafe"]}, "documents.0"),
        ({"documents": ["ä" * 64]}, "documents.0"),
        ({"documents": ["0" * 64] * 501}, "documents"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2199-01-01T00:00:00Z"}, "expiresAt"),
        ({"serviceAccount": "nonsense"}, "serviceAccount"),
        ({"serviceAccount": ids.encode("User", 1)}, "serviceAccount"),
    ],
)
async def test_what_is_malformed_is_refused(api, given, field):
    wanted = {"name": "CI", "accessRole": "VIEWER", **given}
    assert await api.refused("ada", "createToken", **wanted) == ("INVALID_INPUT", field)


async def test_nobody_makes_a_token_that_is_more_than_they_are(api, scripts):
    assert await api.refused("ben", "createToken", name="CI", accessRole="MANAGER") == ("FORBIDDEN", "accessRole")
    assert await api.refused("eve", "createToken", name="CI", accessRole="RESPONDER") == ("FORBIDDEN", "accessRole")
    account = await scripts.account("RESPONDER")
    given = {"name": "CI", "accessRole": "ADMIN", "serviceAccount": account}
    assert await api.refused("ada", "createToken", **given) == ("INVALID_INPUT", "accessRole")
    assert await api.refused("dov", "createToken", **{**given, "accessRole": "VIEWER"}) == ("FORBIDDEN", None)
    missing = {**given, "serviceAccount": ids.encode("ServiceAccount", 99)}
    assert await api.refused("ada", "createToken", **missing) == ("NOT_FOUND", "serviceAccount")


async def test_a_scope_narrows_and_a_demotion_narrows_more(api, scripts, world):
    _, secret = await scripts.script(scopes=["updates:publish"])
    assert await scripts.code(secret, "{ incidents { nodes { id } } }") == OK
    assert await scripts.code(secret, DECLARE) == (200, "FORBIDDEN")
    assert await scripts.does(secret, "saveTeam", slug="x", name="X") == ("FORBIDDEN", None)
    _, own = await scripts.token("ben", accessRole="RESPONDER")
    assert await scripts.code(own, DECLARE) == OK
    await api.do("ada", "saveUser", "cursor", id=world.id_of("ben"), accessRole="VIEWER")
    assert await scripts.code(own, DECLARE) == (200, "FORBIDDEN")


async def test_a_token_expires_to_the_moment(scripts, clock):
    _, secret = await scripts.token("ben", expiresAt=after(clock, hours=1))
    clock.advance(minutes=59, seconds=59)
    assert await scripts.code(secret) == OK
    clock.advance(seconds=1)
    assert await scripts.code(secret) == OVER


async def test_a_token_is_good_from_its_networks_alone(scripts, world):
    _, secret = await scripts.token("ben", networks=["203.0.113.0/24", "2001:db8::/32"])
    for address in ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"):
        assert await scripts.code(secret, address=address) == OK
    for address in ("203.0.114.1", "2001:db9::1", "testclient", ""):
        for accept in ("application/json", "application/graphql-response+json", "text/event-stream"):
            response = await scripts.send(secret, address=address, accept=accept)
            assert response.status_code == 403
            assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "www-authenticate" not in response.headers
    with pytest.raises(DomainError, match="may not be used from this address"):
        await identity_of(world.database, f"Bearer {secret}", client=Client("198.51.100.1"))


async def test_revoking_ends_a_token_at_once(api, scripts, world):
    mine, secret = await scripts.token("ben")
    assert await scripts.code(secret) == OK
    assert await api.refused("chi", "revokeToken", token=mine["id"]) == ("FORBIDDEN", None)
    ended = await api.do("ben", "revokeToken", "token { id revokedAt }", token=mine["id"])
    assert ended["token"]["revokedAt"] is not None
    assert await scripts.code(secret) == OVER
    assert (await api.do("ben", "revokeToken", "token { id revokedAt }", token=mine["id"])) == ended
    theirs, secret = await scripts.token("ben")
    await api.do("ada", "revokeToken", "cursor", token=theirs["id"])
    assert await scripts.code(secret) == OVER
    assert await api.refused("ada", "revokeToken", token=ids.encode("Token", 999)) == ("NOT_FOUND", "token")
    revoked = await world.events(None, "access.revoked")
    assert [(e.actor_id, e.data["for_user_id"]) for e in revoked] == [
        (world.ben.id, world.ben.id),
        (world.ada.id, world.ben.id),
    ]


async def test_a_rotated_token_overlaps_with_its_successor(api, scripts, clock, world):
    old, secret = await scripts.token("ben", networks=["127.0.0.0/8"], scopes=["incidents:read"])
    clock.advance(days=30)
    given = {"token": old["id"], "overlapMinutes": 30, "idempotencyKey": "k"}
    made = await api.do("ben", "rotateToken", TOKEN, **given)
    new = made["token"]
    same = ("name", "accessRole", "scopes", "networks", "documents")
    assert [new[field] for field in same] == [old[field] for field in same]
    assert new["id"] != old["id"]
    assert new["expiresAt"][:19] == after(clock, days=90)[:19]
    assert await api.do("ben", "rotateToken", TOKEN, **given) == {**made, "secret": None}
    assert await api.refused("ben", "rotateToken", token=old["id"]) == ("CONFLICT", "token")
    clock.advance(minutes=29)
    assert (await scripts.code(secret), await scripts.code(made["secret"])) == (OK, OK)
    clock.advance(minutes=1)
    assert (await scripts.code(secret), await scripts.code(made["secret"])) == (OVER, OK)
    (event,) = await world.events(None, "access.rotated")
    assert ids.encode("Token", event.data["successor"]) == new["id"]


async def test_what_can_t_be_rotated(api, scripts, clock):
    mine, _ = await scripts.token("ben")
    assert await api.refused("chi", "rotateToken", token=mine["id"]) == ("FORBIDDEN", None)
    assert await api.refused("ada", "rotateToken", token=mine["id"]) == ("FORBIDDEN", "token")
    for minutes in (-1, 10_081):
        given = {"token": mine["id"], "overlapMinutes": minutes}
        assert await api.refused("ben", "rotateToken", **given) == ("INVALID_INPUT", "overlapMinutes")
    await api.do("ben", "revokeToken", "cursor", token=mine["id"])
    assert await api.refused("ben", "rotateToken", token=mine["id"]) == ("CONFLICT", "token")
    short, _ = await scripts.token("ben", expiresAt=after(clock, hours=1))
    clock.advance(hours=1)
    assert await api.refused("ben", "rotateToken", token=short["id"]) == ("CONFLICT", "token")
    assert await api.refused("ada", "rotateToken", token=ids.encode("Token", 999)) == ("NOT_FOUND", "token")


async def test_a_rotation_never_prolongs_the_old_token(api, scripts, clock):
    old, secret = await scripts.token("ben", expiresAt=after(clock, minutes=10))
    await api.do("ben", "rotateToken", "cursor", token=old["id"], overlapMinutes=10_080)
    clock.advance(minutes=10)
    assert await scripts.code(secret) == OVER


async def test_the_last_use_is_noted_with_its_address(api, scripts):
    token, secret = await scripts.token("ben")
    await scripts.send(secret, address="198.51.100.7")
    data, _ = await api.ask("ben", "{ viewer { tokens { id lastUsedAt lastUsedAddress current } } }")
    (used,) = (each for each in data["viewer"]["tokens"] if each["id"] == token["id"])
    assert used["lastUsedAt"] is not None
    assert (used["lastUsedAddress"], used["current"]) == ("198.51.100.7", False)
    assert [each["current"] for each in data["viewer"]["tokens"]] == [False, True]


async def test_tokens_are_listed_to_their_owner_and_to_admins(api, scripts, world, clock):
    mine, _ = await scripts.token("ben", name="Mine")
    await scripts.token("ben", name="Short", expiresAt=after(clock, minutes=1))
    gone, _ = await scripts.token("ben", name="Gone")
    await api.do("ben", "revokeToken", "cursor", token=gone["id"])
    clock.advance(minutes=1)
    account = await scripts.account("VIEWER")
    await scripts.token(serviceAccount=account, name="Bot")
    data, _ = await api.ask("ben", "{ viewer { tokens { name user { name } serviceAccount { name } } } }")
    assert [each["name"] for each in data["viewer"]["tokens"]] == ["Mine", "test"]
    everybody, _ = await api.ask("ada", "{ tokens { name } serviceAccounts { name tokens { name } } }")
    assert [each["name"] for each in everybody["tokens"]] == ["Bot", "test", "Mine", "test"]
    assert everybody["serviceAccounts"] == [{"name": "Deploys", "tokens": [{"name": "Bot"}]}]
    bens, _ = await api.ask("ada", f'{{ tokens(user: "{world.id_of("ben")}") {{ name }} }}')
    assert [each["name"] for each in bens["tokens"]] == ["Mine", "test"]
    node = "query ($id: ID!) { node(id: $id) { ... on Token { name } } }"
    assert (await api.ask("chi", node, id=mine["id"]))[0] == {"node": None}
    assert (await api.ask("ben", node, id=gone["id"]))[0] == {"node": {"name": "Gone"}}


async def test_a_script_sees_its_own_tokens_and_no_sessions(scripts):
    _, secret = await scripts.script("VIEWER")
    answer = (await scripts.send(secret, "{ viewer { tokens { name current user { id } } sessions { id } } }")).json()
    assert answer["data"]["viewer"] == {"tokens": [{"name": "CI", "current": True, "user": None}], "sessions": None}


async def test_another_actor_s_tokens_are_null(api):
    await api.do("ben", "declareIncident", "cursor", title="Down", severity="SEV1")
    document = "{ incidents { nodes { timeline { nodes { actor { name tokens { id } sessions { id } } } } } } }"
    data, refusals = await api.ask("ada", document)
    (incident,) = data["incidents"]["nodes"]
    assert refusals == []
    assert all(e["actor"]["tokens"] is None and e["actor"]["sessions"] is None for e in incident["timeline"]["nodes"])


async def test_who_archives_a_service_account_ends_its_tokens(api, scripts, world):
    account = await scripts.account("RESPONDER")
    _, secret = await scripts.token(serviceAccount=account, accessRole="RESPONDER")
    assert await scripts.code(secret, DECLARE) == OK
    await api.do("ada", "saveServiceAccount", "cursor", id=account, accessRole="VIEWER")
    assert await scripts.code(secret, DECLARE) == (200, "FORBIDDEN")
    shown = "serviceAccount { name archived tokens { id } }"
    ended = await api.do("ada", "saveServiceAccount", shown, id=account, archived=True, name="Old")
    assert ended["serviceAccount"] == {"name": "Old", "archived": True, "tokens": []}
    assert await scripts.code(secret) == OVER
    given = {"name": "CI", "accessRole": "VIEWER", "serviceAccount": account}
    assert await api.refused("ada", "createToken", **given) == ("INVALID_INPUT", "serviceAccount")
    await api.do("ada", "saveServiceAccount", "cursor", id=account, archived=False)
    assert await scripts.code(secret) == OVER
    assert await api.refused("ada", "saveServiceAccount", id=account, name=None) == ("INVALID_INPUT", "name")
    missing = ids.encode("ServiceAccount", 99)
    assert await api.refused("ada", "saveServiceAccount", id=missing) == ("NOT_FOUND", "id")
    assert [e.data["noun"] for e in await world.events(None, "access.revoked")] == ["token"]
    saved = [e.data["changed"] for e in await world.events(None, "setting.saved")]
    assert saved[0] == {"access_role": {"from": None, "to": "RESPONDER"}}
