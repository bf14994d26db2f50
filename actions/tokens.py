"""Bearer tokens: what people and admins do with them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME
from actions.record import now, record
from actions.service_accounts import find_account
from actions.standing import require_standing
from actions.token_bounds import (
    TokenBounds,
    bounds_of,
    hold_personal,
    hold_to_account,
    hold_to_itself,
    hold_to_maker,
    read_bounds,
)
from auth.actor import Actor
from auth.permission import Permission, require
from auth.reach import require_reach
from auth.token import issue_token, weaker
from core.clock import Clock
from core.errors import DomainError, ErrorCode, conflict, invalid, not_found
from core.ids import decode_as
from models.access import AccessToken, ServiceAccount
from models.facts.access import AccessGranted, AccessRevoked, AccessRotated
from models.person import User
from models.words import AccessRole, ActorKind, Visibility

OVERLAP = 60
LONGEST_OVERLAP = 7 * 24 * 60
"""Minutes for which a token is still good beside its successor."""


async def create_token(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str,
    access_role: AccessRole,
    service_account: str | None = None,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    networks: Sequence[str] | None = None,
    documents: Sequence[str] | None = None,
) -> tuple[AccessToken, str]:
    """A new token of the caller's own, or of a service account (needs ADMINISTER_PEOPLE), and its secret.

    No token reaches further than its owner or than the credential that makes it: FORBIDDEN. INVALID_INPUT for bounds
    that are none, and for a service account that is archived or may do less than the token would say.
    """
    require(actor, Permission.READ)
    if service_account is not None:
        require(actor, Permission.ADMINISTER_PEOPLE)
    given = {"scopes": scopes, "networks": networks, "documents": documents}
    bounds = read_bounds(access_role, now=now(session), expires_at=expires_at, **given)
    called = check.text(name, "name", limit=NAME)
    if service_account is not None:
        return await grant_token(session, actor, called, bounds, account=await find_account(session, service_account))
    if actor.user_id is None or actor.access_role is None:
        raise invalid("service_account", "Only people have tokens of their own.", "Name the service account.")
    if weaker(access_role, actor.access_role) is not access_role:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            f"You are {actor.access_role.lower()} here: your tokens can't be more.",
            field="access_role",
            hint=f"Send {actor.access_role} or less.",
        )
    owner = await session.get_one(User, actor.user_id, with_for_update={"read": True, "key_share": True})
    return await grant_token(session, actor, called, bounds, user=owner)


async def grant_token(
    session: AsyncSession,
    actor: Actor,
    name: str,
    bounds: TokenBounds,
    *,
    user: User | None = None,
    account: ServiceAccount | None = None,
) -> tuple[AccessToken, str]:
    """Make a token of a person or a service account; without either, of a new account of that name.

    INVALID_INPUT if it would say more than its account may do. A person's may: it is held to its owner when it is used.
    """
    require_reach(actor, bounds.access_role, bounds.scopes)
    await require_standing(session, actor)
    if account is not None:
        hold_to_account(bounds, account)
    held = await hold_to_maker(session, bounds)
    if user is not None:
        held = hold_personal(held, now(session))
    secret, token = await _issue(session, name, held, user, account)
    granted = AccessGranted(noun="token", key=token.id, access_role=token.access_role, for_user_id=token.user_id)
    record(session, actor, granted, visibility=Visibility.PRIVATE)
    return token, secret


async def rotate_token(
    session: AsyncSession, actor: Actor, *, token: str, overlap_minutes: int = OVERLAP
) -> tuple[AccessToken, str]:
    """A successor with the same bounds, and its secret; the old token expires after the overlap (at most 7 days).

    For one's own tokens, and with ADMINISTER_PEOPLE for those of service accounts; nobody gets another person's token
    in this way. CONFLICT for one that is over, was rotated before, or was fetched by an OAuth client.
    """
    require(actor, Permission.READ)
    if not 0 <= overlap_minutes <= LONGEST_OVERLAP:
        raise invalid("overlap_minutes", "The overlap is 0 to 10,080 minutes (7 days).", "Send fewer minutes.")
    found = await session.get(AccessToken, decode_as("Token", token, "token"))
    if found is None or not _own(actor, found):
        require(actor, Permission.ADMINISTER_PEOPLE)
    if found is None:
        raise not_found("token", "token", token)
    if found.user_id is not None and not _own(actor, found) and actor.kind is not ActorKind.SYSTEM:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "This is another person's token: whoever gets its successor could act as them.",
            field="token",
            hint="Revoke it, and have its owner make a new one.",
        )
    await hold_to_itself(session, actor, token=found.id)
    user, account = await _owner(session, found)
    await require_standing(session, actor, locked=found.id)
    await session.refresh(found, with_for_update=True)
    moment = now(session)
    _refuse_over(found, user or account, moment)
    require_reach(actor, found.access_role, found.scopes)
    bounds = await hold_to_maker(session, bounds_of(found, moment), shorten=True)
    secret, successor = await _issue(session, found.name, bounds, user, account)
    end = moment + timedelta(minutes=overlap_minutes)
    found.rotated_at = moment
    found.expires_at = end if found.expires_at is None else min(end, found.expires_at)
    rotated = AccessRotated(
        noun="token", key=found.id, successor=successor.id, old_expires_at=found.expires_at.isoformat()
    )
    record(session, actor, rotated, visibility=Visibility.PRIVATE)
    return successor, secret


async def revoke_token(session: AsyncSession, actor: Actor, *, token: str) -> AccessToken:
    """End a token at once: one's own, or, with ADMINISTER_PEOPLE, anybody's. Ending it twice changes nothing."""
    require(actor, Permission.READ)
    found = await session.get(AccessToken, decode_as("Token", token, "token"), with_for_update=True)
    if found is None or not _own(actor, found):
        require(actor, Permission.ADMINISTER_PEOPLE)
    if found is None:
        raise not_found("token", "token", token)
    await hold_to_itself(session, actor, token=found.id)
    if found.revoked_at is None:
        found.revoked_at = now(session)
        gone = AccessRevoked(noun="token", key=found.id, for_user_id=found.user_id)
        record(session, actor, gone, visibility=Visibility.PRIVATE)
    return found


def _own(actor: Actor, token: AccessToken) -> bool:
    return actor.user_id is not None and token.user_id == actor.user_id


async def _owner(session: AsyncSession, token: AccessToken) -> tuple[User | None, ServiceAccount | None]:
    """Whose token it is, locked before the token: whoever archives an owner ends the tokens after that."""
    lock = {"read": True, "key_share": True}
    if token.user_id is not None:
        return await session.get_one(User, token.user_id, with_for_update=lock), None
    return None, await session.get_one(ServiceAccount, token.service_account_id, with_for_update=lock)


def _refuse_over(token: AccessToken, owner: User | ServiceAccount | None, moment: datetime) -> None:
    """CONFLICT for a token that can have no successor."""
    expired = token.expires_at is not None and token.expires_at <= moment
    if token.revoked_at is not None or expired or owner is None or owner.archived:
        raise conflict("This token is over.", field="token", hint="Make a new one.")
    if token.rotated_at is not None:
        raise conflict("This token has a successor already.", field="token", hint="Rotate that one, or make a new one.")
    if token.oauth_client_id is not None:
        raise conflict("An OAuth client fetched this token.", field="token", hint="Have the client fetch another.")


async def _issue(
    session: AsyncSession, name: str, bounds: TokenBounds, user: User | None, account: ServiceAccount | None
) -> tuple[str, AccessToken]:
    clock: Clock = session.info["clock"]
    return await issue_token(
        session,
        clock,
        name=name,
        access_role=bounds.access_role,
        user=user,
        account=account,
        scopes=bounds.scopes,
        networks=bounds.networks,
        documents=bounds.documents,
        expires_at=bounds.expires_at,
    )
