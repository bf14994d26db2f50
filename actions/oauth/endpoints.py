"""Beginning a device's way in (RFC 8628 §3.1) and ending a token (RFC 7009), as Authlib's classes check them."""

from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint
from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.ext.asyncio import AsyncSession

from actions.oauth.form import FormRequest
from actions.oauth.parties import WITH_SECRET, CommandLine, Party, Script
from actions.oauth.scopes import DEFAULT_SCOPES, asked_scopes
from actions.oauth.waiting import wait
from actions.record import now, record
from auth.actor import Actor
from auth.secret import DEVICE, TOKEN, digest, new_secret, well_formed
from auth.session import person
from core.address import neighbourhood, read_address
from core.client import Client
from core.errors import DomainError, ErrorCode
from models.access import AccessToken, DeviceAuthorization, ServiceAccount
from models.facts.access import AccessRevoked
from models.person import User
from models.words import ActorKind, Visibility

DEVICE_PAGE = "/auth/device"
WAITING = 50
"""Devices that may wait to be let in from one address: strangers fill no table."""


class DeviceEndpoint(DeviceAuthorizationEndpoint):
    """A device asks to be let in. Its user code comes from Authlib: eight of twenty consonants (RFC 8628 §6.1)."""

    CLIENT_AUTH_METHODS = ("none",)
    EXPIRES_IN = 600
    INTERVAL = 5

    def generate_device_code(self) -> str:
        """The secret of the device."""
        return new_secret(DEVICE)

    def get_verification_uri(self) -> str:
        """Where a person enters the code."""
        return f"{self.server.base_url}{DEVICE_PAGE}"

    def save_device_credential(self, client_id: str, scope: str | None, data: dict[str, Any]) -> None:
        """Keep what was asked, and digests of the codes."""
        session: AsyncSession = self.server.session
        asks: Client = session.info["client"]
        moment = now(session)
        known = read_address(asks.address)  # in one spelling, and nothing that is none: it is compared in SQL
        address = None if known is None else str(known)
        if wait(self._waiting(address, moment)) >= WAITING:
            raise DomainError(ErrorCode.RATE_LIMITED, "Too many devices wait to be let in from this address.")
        session.add(
            DeviceAuthorization(
                device_digest=digest(data["device_code"]),
                user_digest=digest(data["user_code"]),
                client_id=client_id,
                scopes=asked_scopes(scope) or DEFAULT_SCOPES,
                address=address,
                user_agent=asks.user_agent or None,
                created_at=moment,
                expires_at=moment + timedelta(seconds=self.EXPIRES_IN),
                interval_seconds=self.INTERVAL,
            )
        )

    async def _waiting(self, address: str | None, moment: datetime) -> int:
        session: AsyncSession = self.server.session
        found = await session.scalar(
            select(func.count())
            .select_from(DeviceAuthorization)
            .where(DeviceAuthorization.expires_at > moment, _from_near(address))
        )
        return found or 0


def _from_near(address: str | None) -> ColumnElement[bool]:
    """The condition on devices that asked from an address, or with IPv6 from its /64 (core.address.neighbourhood)."""
    asked = DeviceAuthorization.address
    if address is None or ":" not in address:
        return asked == address
    return cast(asked, INET).op("<<=")(cast(neighbourhood(address), INET))


class Revocable(TokenMixin):
    """A token that is still good, as Authlib sees it."""

    def __init__(self, row: AccessToken) -> None:
        self.row = row

    def check_client(self, client: Party) -> bool:
        """Whether a client may end it: a script those that it fetched, `muster logout` one of a person that it holds.

        Personal tokens belong to no client; whoever holds one could use it, so they may also end it.
        """
        if isinstance(client, Script):
            return self.row.oauth_client_id == client.row.id
        return isinstance(client, CommandLine) and self.row.oauth_client_id is None and self.row.user_id is not None


class TokenEnd(RevocationEndpoint):
    """A client gives a token back. What is no token, or none any more, is answered with 200 as well (RFC 7009 §2.2)."""

    CLIENT_AUTH_METHODS = (*WITH_SECRET, "none")

    def check_params(self, request: FormRequest, client: Party) -> None:
        """Ask for a token. Its type is not: an unknown hint has no influence (RFC 7009 §2.2)."""
        del client
        if not request.form.get("token"):
            raise InvalidRequestError("There is no 'token' in the form.")

    def query_token(self, token_string: str, token_type_hint: str | None) -> Revocable | None:
        """The token that has not ended."""
        del token_type_hint
        row = wait(self._find(token_string)) if well_formed(token_string, TOKEN) else None
        return None if row is None else Revocable(row)

    def revoke_token(self, token: Revocable, request: FormRequest) -> None:
        """End it at once."""
        del request
        session: AsyncSession = self.server.session
        row = token.row
        row.revoked_at = now(session)
        gone = AccessRevoked(noun="token", key=row.id, for_user_id=row.user_id)
        record(session, wait(self._owner(row)), gone, visibility=Visibility.PRIVATE)

    async def _find(self, secret: str) -> AccessToken | None:
        session: AsyncSession = self.server.session
        found: AccessToken | None = await session.scalar(
            select(AccessToken)
            .where(AccessToken.digest == digest(secret), AccessToken.revoked_at.is_(None))
            .with_for_update()
        )
        return found

    async def _owner(self, row: AccessToken) -> Actor:
        session: AsyncSession = self.server.session
        if row.user_id is not None:
            user = await session.get_one(User, row.user_id)
            return person(user.id, user.name, user.access_role, sees_private=user.sees_private)
        account = await session.get_one(ServiceAccount, row.service_account_id)
        return Actor(ActorKind.SERVICE_ACCOUNT, account.id, account.name, account.access_role)
