"""What is over is forgotten, and nothing else."""

from datetime import timedelta

from sqlalchemy import func, select

from actions.expiry import purge_ended
from auth.token import issue_token
from models.access import AccessToken, BrowserSession, DeviceAuthorization, SeenToken, SignInAttempt, SignInLink
from models.words import AccessRole


async def left(world):
    async with world.database.reading() as reader:
        models = (DeviceAuthorization, SignInAttempt, SeenToken, AccessToken, BrowserSession, SignInLink)
        return [await reader.scalar(select(func.count()).select_from(model)) for model in models]


async def test_what_is_over_is_forgotten_in_its_time(world, clock):
    end = clock.now()
    async with world.database.unit_of_work() as session:
        for n, at in enumerate((end, end + timedelta(days=40))):
            codes = {"device_digest": b"d%d" % n, "user_digest": b"u%d" % n, "client_id": "muster-cli"}
            session.add(DeviceAuthorization(**codes, created_at=end, expires_at=at, interval_seconds=5))
            begun = {"state_digest": b"s%d" % n, "browser_digest": b"b", "provider": "p", "nonce": "n"}
            session.add(SignInAttempt(**begun, verifier=b"v", return_to="/", created_at=end, expires_at=at))
            session.add(SeenToken(issuer="i", jti=str(n), expires_at=at))
            await issue_token(session, clock, name="t", access_role=AccessRole.VIEWER, expires_at=at)
            times = {"user_id": world.users["ben"].id, "created_at": end, "expires_at": at}
            session.add(BrowserSession(digest=b"b%d" % n, last_seen_at=end, **times))
            session.add(SignInLink(digest=b"l%d" % n, **times))
        await issue_token(session, clock, name="for good", access_role=AccessRole.VIEWER)
    assert await purge_ended(world.database) == 2
    assert await left(world) == [2, 1, 1, 3, 2, 2]
    clock.advance(hours=2)
    assert await purge_ended(world.database) == 1
    assert await left(world) == [1, 1, 1, 3, 2, 2]
    clock.advance(days=30)
    assert await purge_ended(world.database) == 3
    assert await left(world) == [1, 1, 1, 2, 1, 1]
    assert await purge_ended(world.database) == 0
