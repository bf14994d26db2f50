"""OAuth clients: programs that fetch short-lived tokens of a service account with a secret."""

import secrets

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME
from actions.record import now, record
from actions.service_accounts import find_account
from actions.standing import require_standing
from actions.token_bounds import hold_to_account, hold_to_maker, read_bounds
from auth.actor import Actor
from auth.permission import Permission, require
from auth.reach import require_reach
from auth.secret import CLIENT_SECRET, digest, new_secret
from core.errors import DomainError, ErrorCode, not_found
from core.ids import decode_as
from models.access import AccessToken, OAuthClient
from models.facts.access import AccessGranted, AccessRevoked
from models.words import AccessRole, Visibility

ID_BYTES = 9
"""Random bytes of a client's public name: unique, no secret."""


async def create_oauth_client(
    session: AsyncSession,
    actor: Actor,
    *,
    service_account: str,
    name: str,
    access_role: AccessRole,
    scopes: list[str] | None = None,
    networks: list[str] | None = None,
) -> tuple[OAuthClient, str]:
    """A client of a service account, and its secret, shown this once.

    Its tokens may do what `access_role` allows, as far as the account's own role and `scopes` (none: all) go, from
    `networks` (none: anywhere). INVALID_INPUT for an unknown scope or network, and for more than the account may do;
    FORBIDDEN for a credential that is bounded and would make one that reaches further; the rest as `find_account` says.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    asked = read_bounds(access_role, now=now(session), scopes=scopes, networks=networks)
    require_reach(actor, access_role, asked.scopes)
    bounds = await hold_to_maker(session, asked)
    if bounds.documents is not None or bounds.expires_at is not None:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The token that you use expires or is bound to trusted documents, and an OAuth client can't be.",
            hint="Use a session, or a token without this bound.",
        )
    account = await find_account(session, service_account)
    await require_standing(session, actor)
    hold_to_account(bounds, account)
    secret = new_secret(CLIENT_SECRET)
    client = OAuthClient(
        client_id=f"client_{secrets.token_urlsafe(ID_BYTES)}",
        secret_digest=digest(secret),
        name=check.text(name, "name", limit=NAME),
        service_account_id=account.id,
        access_role=access_role,
        scopes=bounds.scopes,
        networks=bounds.networks,
        created_at=now(session),
    )
    session.add(client)
    await session.flush()
    granted = AccessGranted(noun="oauth_client", key=client.id, access_role=access_role)
    record(session, actor, granted, visibility=Visibility.PRIVATE)
    return client, secret


async def revoke_oauth_client(session: AsyncSession, actor: Actor, *, client: str) -> OAuthClient:
    """End a client and every token that it fetched, at once. Ending it twice changes nothing."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    found = await session.get(OAuthClient, decode_as("OAuthClient", client, "client"), with_for_update=True)
    if found is None:
        raise not_found("client", "OAuth client", client)
    if found.revoked_at is None:
        found.revoked_at = now(session)
        await session.execute(
            update(AccessToken)
            .where(AccessToken.oauth_client_id == found.id, AccessToken.revoked_at.is_(None))
            .values(revoked_at=found.revoked_at)
        )
        gone = AccessRevoked(noun="oauth_client", key=found.id)
        record(session, actor, gone, visibility=Visibility.PRIVATE)
    return found
