"""Access tokens of other issuers: whom they stand for, how far they reach, and which are not believed."""

import pytest
from joserfc.jwk import RSAKey

from actions.service_accounts import create_service_account
from auth.identify import identify
from auth.permission import Permission, may
from core.client import Client
from core.errors import DomainError
from core.jwt_settings import TrustedIssuer
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import UserIdentity
from models.words import AccessRole, ActorKind
from tests.issuer import issuing, part


@pytest.fixture
async def issuer(clock):
    async with issuing(clock) as made:
        yield made


@pytest.fixture
def runtime(world, issuer):
    settings = Settings(jwt_issuers=(TrustedIssuer(issuer=issuer.address, audience="muster"),))
    return Runtime(settings, world.database, Live(world.database))


@pytest.fixture
async def robot(world, issuer):
    return await world.do(
        create_service_account,
        world.ada,
        name="Deploys",
        access_role=AccessRole.RESPONDER,
        issuer=issuer.address,
        subject="deploys",
    )


async def who(runtime, token):
    client = Client("127.0.0.1", "tests")
    return (await identify(runtime, client, authorization=f"Bearer {token}", cookie=None)).actor


def token_of(issuer, *, key=None, header=None, **claims):
    """An access token as the issuer gives it to `deploys`, but for these."""
    usual = {"sub": "deploys", "client_id": "deploys", "jti": "1"}
    return issuer.signed({"typ": "at+jwt", **(header or {})}, issuer.said(**{**usual, **claims}), key)


async def test_a_subject_is_the_account_that_an_admin_made_for_it(issuer, runtime, robot):
    actor = await who(runtime, token_of(issuer, aud=["other", "muster"], azp="deploys"))
    assert (actor.kind, actor.id, actor.access_role) == (ActorKind.SERVICE_ACCOUNT, robot.id, AccessRole.RESPONDER)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (None, {Permission.READ, Permission.REPORT, Permission.COMMUNICATE}),
        ("openid updates:publish", {Permission.READ, Permission.COMMUNICATE}),
        ("admin:*", {Permission.READ}),
        ("openid", set()),
        ("", set()),
    ],
)
@pytest.mark.usefixtures("robot")
async def test_scopes_narrow_and_never_widen(issuer, runtime, scope, allowed):
    given = {} if scope is None else {"scope": scope}
    actor = await who(runtime, token_of(issuer, **given))
    looked_at = (Permission.READ, Permission.REPORT, Permission.COMMUNICATE, Permission.ADMINISTER_PEOPLE)
    assert {permission for permission in looked_at if may(actor, permission)} == allowed


async def test_a_person_is_who_signs_in_by_that_issuer(world, issuer, runtime):
    async with world.database.unit_of_work() as session:
        session.add(
            UserIdentity(
                issuer=issuer.address, subject="b-7", user_id=world.users["ben"].id, created_at=world.clock.now()
            )
        )
    actor = await who(runtime, token_of(issuer, sub="b-7", scope="openid"))
    assert (actor.user_id, may(actor, Permission.READ)) == (world.users["ben"].id, False)
    actor = await who(runtime, token_of(issuer, sub="b-7", jti="2"))
    assert may(actor, Permission.RESPOND)


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"aud": "others"}, {}),
        ({"aud": ["others"]}, {}),
        ({"aud": None}, {}),
        ({"sub": "strangers"}, {}),
        ({"sub": 7}, {}),
        ({"exp": 0}, {}),
        ({"exp": "tomorrow"}, {}),
        ({"iat": 2**33}, {}),
        ({"nbf": 2**33}, {}),
        ({"iss": "https://elsewhere.example"}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"kid": "unknown"}),
    ],
)
@pytest.mark.usefixtures("robot")
async def test_what_is_not_believed(issuer, runtime, given, header):
    with pytest.raises(DomainError) as refusal:
        await who(runtime, token_of(issuer, header=header, **given))
    assert (refusal.value.code, refusal.value.message) == (
        "UNAUTHENTICATED",
        "This token is not valid: it is unknown, expired or revoked.",
    )


@pytest.mark.usefixtures("robot")
async def test_algorithms_are_not_the_token_s_to_choose(issuer, runtime):
    """RFC 8725 §2.1: no signature at all, and HMAC keyed with the public key."""
    said = issuer.said(sub="deploys")
    none = f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(said)}."
    other = token_of(issuer, header={"alg": "RS512"})  # by the right key, but not allowed for this issuer
    for token in (issuer.confused({"typ": "at+jwt"}, said), none, other):
        with pytest.raises(DomainError):
            await who(runtime, token)


@pytest.mark.usefixtures("robot")
async def test_a_minute_between_clocks_is_nothing(world, issuer, runtime):
    now = int(world.clock.now().timestamp())
    assert (await who(runtime, token_of(issuer, iat=now + 50, exp=now + 300))).name == "Deploys"
    assert (await who(runtime, token_of(issuer, exp=now - 50))).name == "Deploys"
    token = token_of(issuer, exp=now - 55, jti="late")
    world.clock.advance(seconds=10)
    with pytest.raises(DomainError):
        await who(runtime, token)


@pytest.mark.usefixtures("robot")
async def test_keys_that_rotate_are_asked_for_once(issuer, runtime):
    await who(runtime, token_of(issuer))
    issuer.keys = [RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})]
    assert (await who(runtime, token_of(issuer, jti="2"))).name == "Deploys"
    for number in range(20):
        with pytest.raises(DomainError):
            await who(runtime, token_of(issuer, jti=str(number), header={"kid": f"invented-{number}"}))
    assert issuer.asked.count("jwks") == 2


async def test_an_issuer_that_is_away_is_said_and_stops_nobody_else(world, issuer, robot):
    gone = "http://127.0.0.1:1"
    settings = Settings(jwt_issuers=(TrustedIssuer(issuer=gone, audience="muster"),))
    runtime = Runtime(settings, world.database, Live(world.database))
    with pytest.raises(DomainError) as refusal:
        await who(runtime, token_of(issuer, iss=gone))
    assert refusal.value.code == "UNAVAILABLE"
    assert robot.id


async def test_an_account_has_an_issuer_and_a_subject_of_its_own(world, issuer, robot):
    wanted = {"name": "Again", "access_role": AccessRole.VIEWER, "issuer": issuer.address}
    for given, code in (({}, "INVALID_INPUT"), ({"subject": robot.subject}, "CONFLICT")):
        with pytest.raises(DomainError) as refusal:
            await world.do(create_service_account, world.ada, **wanted, **given)
        assert (refusal.value.code, refusal.value.field) == (code, "subject")
