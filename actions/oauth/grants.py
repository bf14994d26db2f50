"""The two ways to a token, each as Authlib's class checks it; what they read and write is done here.

Client credentials (RFC 6749 §4.4) for scripts, the device grant (RFC 8628) for `muster login`.
"""

from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc8628 import DeviceCodeGrant, DeviceCredentialMixin
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.oauth.parties import WITH_SECRET, unknown_client
from actions.oauth.scopes import asked_scopes
from actions.oauth.waiting import wait
from actions.record import now, record
from auth.actor import Actor
from auth.scope import permissions_of
from auth.secret import DEVICE, digest, well_formed
from auth.session import person
from auth.token import issue_token
from models.access import AccessToken, DeviceAuthorization, OAuthClient, ServiceAccount
from models.facts.access import AccessGranted
from models.person import User
from models.words import ActorKind, Visibility

SCRIPT_TOKEN_LIVES = timedelta(hours=1)
PERSONAL_TOKEN_LIVES = timedelta(days=30)
LOCK = {"read": True, "key_share": True}
"""`for key share`: whoever archives a person or an account waits for the commit, or is waited for."""
SLOWER = 5
"""Seconds that are added to the interval of a device which asks too often (RFC 8628 §3.5)."""


def granted(session: AsyncSession, actor: Actor, secret: str, row: AccessToken, lives: timedelta) -> dict[str, Any]:
    """The answer with a token (RFC 6749 §5.1), which auditors see being made."""
    fact = AccessGranted(noun="token", key=row.id, access_role=row.access_role, for_user_id=row.user_id)
    record(session, actor, fact, visibility=Visibility.PRIVATE)
    answer = {"access_token": secret, "token_type": "Bearer", "expires_in": int(lives.total_seconds())}
    return answer if row.scopes is None else {**answer, "scope": " ".join(row.scopes)}


class ScriptGrant(ClientCredentialsGrant):
    """A token of the client's service account for an hour: its role and networks, its scopes or some of them."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET

    def validate_requested_scope(self) -> None:
        """Refuse (invalid_scope) what is no scope, and what the client has not got."""
        asked = asked_scopes(self.request.payload.scope)
        own = self.request.client.row.scopes
        if asked is not None and own is not None and not permissions_of(asked) <= permissions_of(own):
            raise InvalidScopeError("This client may not ask for all of these scopes.")
        self.scopes = own if asked is None else asked

    def generate_token(self, **_: object) -> dict[str, Any]:
        """A new token, kept as its digest."""
        row = self.request.client.row
        return wait(self._issue(self.server.session, row.id, row.service_account_id))

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing is left to do: it was kept when it was made."""

    async def _issue(self, session: AsyncSession, key: int, owner: int) -> dict[str, Any]:
        # Locked until the commit: a revocation comes before this, and is seen, or after, and ends this token too. The
        # account comes first: whoever archives it ends its clients after that.
        account = await session.get_one(ServiceAccount, owner, with_for_update=LOCK, populate_existing=True)
        client = await session.get_one(OAuthClient, key, with_for_update=True, populate_existing=True)
        if client.revoked_at is not None or account.archived:
            raise unknown_client()
        moment = now(session)
        client.last_used_at = moment
        secret, row = await issue_token(
            session,
            session.info["clock"],
            name=client.name,
            access_role=client.access_role,
            account=account,
            scopes=self.scopes,
            networks=client.networks,
            expires_at=moment + SCRIPT_TOKEN_LIVES,
            client=client,
        )
        actor = Actor(ActorKind.SERVICE_ACCOUNT, account.id, account.name, account.access_role)
        return granted(session, actor, secret, row, SCRIPT_TOKEN_LIVES)


class Pending(DeviceCredentialMixin):
    """A device that waits, as Authlib sees it."""

    def __init__(self, row: DeviceAuthorization, *, expired: bool) -> None:
        self.row = row
        self._expired = expired

    def get_client_id(self) -> str:
        """The program on it."""
        return self.row.client_id

    def get_scope(self) -> str:
        """What it asked for."""
        return " ".join(self.row.scopes or ())

    def get_user_code(self) -> DeviceAuthorization:
        """Itself: the code that the person enters is kept as a digest, and Authlib only hands this on."""
        return self.row

    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self._expired


class DeviceGrant(DeviceCodeGrant):
    """A token of the person who let the device in, for thirty days and the scopes that they were shown."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    _user: User | None = None
    """Who decided, locked against being archived meanwhile."""

    def query_device_credential(self, device_code: str) -> Pending:
        """The device with a code, locked until the commit: it gets one token. invalid_grant for none, or one used."""
        row = wait(self._find(device_code)) if well_formed(device_code, DEVICE) else None
        if row is None or row.used_at is not None:
            raise InvalidGrantError("There is no such device code, or it was used.")
        return Pending(row, expired=row.expires_at <= now(self.server.session))

    def query_user_grant(self, user_code: DeviceAuthorization) -> tuple[User | None, bool] | None:
        """Who decided, and whether they let it in; None while nobody did. Who has left since lets nobody in."""
        if user_code.denied_at is not None:
            return None, False
        if user_code.approved_at is None or self._user is None:
            return None  # or they did after `_find` looked: the next poll finds it
        return self._user, not self._user.archived

    def should_slow_down(self, credential: Pending) -> bool:
        """Whether it asked sooner than it was told; then it has to wait longer from now on."""
        row, moment = credential.row, now(self.server.session)
        last, row.last_polled_at = row.last_polled_at, moment
        if last is None or moment - last >= timedelta(seconds=row.interval_seconds):
            return False
        row.interval_seconds += SLOWER
        return True

    def generate_token(self, **_: object) -> dict[str, Any]:
        """A new token, kept as its digest."""
        return wait(self._issue(self.server.session, self.request.credential.row, self.request.user))

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing is left to do: it was kept when it was made."""

    async def _find(self, device_code: str) -> DeviceAuthorization | None:
        """The device with a code, locked, and before it the person who decided: as by whoever archives them."""
        session: AsyncSession = self.server.session
        meant = DeviceAuthorization.device_digest == digest(device_code)
        key = await session.scalar(select(DeviceAuthorization.user_id).where(meant))
        if key is not None:
            self._user = await session.get_one(User, key, with_for_update=LOCK, populate_existing=True)
        found: DeviceAuthorization | None = await session.scalar(
            select(DeviceAuthorization).where(meant).with_for_update()
        )
        return found

    async def _issue(self, session: AsyncSession, row: DeviceAuthorization, user: User) -> dict[str, Any]:
        row.used_at = now(session)
        secret, token = await issue_token(
            session,
            session.info["clock"],
            name=f"muster login from {row.address}" if row.address else "muster login",
            access_role=user.access_role,
            user=user,
            scopes=row.scopes,
            expires_at=row.used_at + PERSONAL_TOKEN_LIVES,
        )
        actor = person(user.id, user.name, user.access_role, sees_private=user.sees_private)
        return granted(session, actor, secret, token, PERSONAL_TOKEN_LIVES)
