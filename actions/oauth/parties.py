"""The programs that talk to our OAuth endpoints, as Authlib sees clients (its ClientMixin)."""

import hmac
import re

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.networks import within
from auth.secret import digest
from auth.token import networks_of
from core.client import Client
from models.access import OAuthClient, ServiceAccount

COMMAND_LINE = "muster-cli"
"""The public client: `muster login`. It has no secret, since every copy of it would hold the same (RFC 8252 §8.4)."""

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{1,64}")

WITH_SECRET = ("client_secret_basic", "client_secret_post")
NO_DIGEST = bytes(32)


class Party(ClientMixin):
    """A client with a secret that nobody knows: also what an unknown client looks like, so that both fail alike."""

    grants: tuple[str, ...] = ()
    methods: tuple[str, ...] = WITH_SECRET

    def __init__(self, client_id: str, secret_digest: bytes = NO_DIGEST) -> None:
        self.client_id = client_id
        self._digest = secret_digest

    def get_client_id(self) -> str:
        """Its public name."""
        return self.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret; takes the same time for every wrong one."""
        return hmac.compare_digest(self._digest, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it may prove itself in this way."""
        del endpoint
        return method in self.methods

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may ask for tokens in this way."""
        return grant_type in self.grants


class Script(Party):
    """A client of a service account."""

    grants = ("client_credentials",)

    def __init__(self, row: OAuthClient) -> None:
        super().__init__(row.client_id, row.secret_digest)
        self.row = row


class CommandLine(Party):
    """`muster login`, which proves nothing about itself: a person does, in the browser."""

    grants = (DEVICE_CODE_GRANT_TYPE,)
    methods = ("none",)


async def find_party(session: AsyncSession, client_id: str) -> Party:
    """The client with a public name.

    One that is unknown, revoked, of an archived account, or asks from a network that is not its own is a Party that no
    secret fits.
    """
    if client_id == COMMAND_LINE:
        return CommandLine(client_id)
    if not WELL_FORMED.fullmatch(client_id):
        return Party("")
    row = await session.scalar(
        select(OAuthClient)
        .join(ServiceAccount, ServiceAccount.id == OAuthClient.service_account_id)
        .where(
            OAuthClient.client_id == client_id,
            OAuthClient.revoked_at.is_(None),
            ServiceAccount.archived_at.is_(None),
        )
    )
    asks: Client = session.info["client"]
    if row is None or not within(asks.address, networks_of(row.networks)):
        return Party(client_id)
    return Script(row)


def unknown_client() -> InvalidClientError:
    """The same for a client that never was, a wrong secret, one that was revoked, and a network that is not its own."""
    return InvalidClientError(
        "The client is unknown, its secret is wrong, or it may not be used from here.", status_code=401
    )
