"""Signing in through an identity provider: the way there and back, and who comes in."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.provider_mapping import follow_role, follow_teams
from actions.record import keys, now, record, record_saved
from actions.sign_in import Through, open_session
from auth.actor import SYSTEM
from auth.oidc.claims import Claimed
from auth.oidc.problems import RefusedError
from auth.secret import digest
from core.oidc_settings import ProviderSettings
from models.access import SignInAttempt, UserIdentity
from models.facts.access import SignInRefused
from models.person import User
from models.words import AccessRole, Visibility

log = logging.getLogger("muster")

ATTEMPT_LIVES = timedelta(minutes=10)
ARRIVING = 0x6D73_7473_6967_6E69
"""The advisory lock of people who come for the first time: two tabs must not make two people."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun: what the provider's answer must fit."""

    nonce: str
    verifier: str
    return_to: str


async def begin_attempt(
    session: AsyncSession, provider: ProviderSettings, *, state: str, browser: str, attempt: Attempt
) -> None:
    """Note that a browser is sent to a provider. The verifier is sealed; state and cookie are kept as digests."""
    moment = now(session)
    secrets = keys(session)
    session.add(
        SignInAttempt(
            state_digest=digest(state),
            browser_digest=digest(browser),
            provider=provider.key,
            nonce=attempt.nonce,
            verifier=secrets.seal(attempt.verifier),
            return_to=attempt.return_to,
            created_at=moment,
            expires_at=moment + ATTEMPT_LIVES,
        )
    )


async def take_attempt(
    session: AsyncSession, provider: ProviderSettings, *, state: str, browser: str
) -> Attempt | None:
    """The attempt that a browser comes back from, which is over with that. None if it is unknown, used, or too old.

    What another browser began is left alone: nobody ends another's sign-in either.
    """
    taken = await session.execute(
        delete(SignInAttempt)
        .where(
            SignInAttempt.state_digest == digest(state),
            SignInAttempt.browser_digest == digest(browser),
            SignInAttempt.provider == provider.key,
            SignInAttempt.expires_at > now(session),
        )
        .returning(SignInAttempt.nonce, SignInAttempt.verifier, SignInAttempt.return_to)
    )
    row = taken.one_or_none()
    secrets = keys(session)
    return Attempt(row.nonce, secrets.open(row.verifier), row.return_to) if row is not None else None


async def admit(
    session: AsyncSession, provider: ProviderSettings, claimed: Claimed, *, id_token: str, lives: timedelta
) -> str:
    """The secret of a new browser session of the person whom a provider vouches for; they are made if they are new.

    Role and teams follow the provider's mapping. RefusedError for somebody who has left, and for an address that
    belongs to another account of the same provider.
    """
    user = await _person(session, provider, claimed)
    if user.archived:
        raise RefusedError("archived", f"the person with the id {user.id} is archived")
    if claimed.role is not None:
        await follow_role(session, user, claimed.role)
    if claimed.teams is not None:
        await follow_teams(session, provider, user, claimed.teams)
    secrets = keys(session)
    through = Through(provider.key, claimed.issuer, claimed.subject, claimed.session, secrets.seal(id_token))
    return open_session(session, user, lives=lives, through=through)


def refuse_sign_in(session: AsyncSession, provider: ProviderSettings, cause: str, reason: str) -> None:
    """Note for auditors why somebody did not come in."""
    refused = SignInRefused(provider=provider.key, cause=cause, reason=reason)
    record(session, SYSTEM, refused, visibility=Visibility.PRIVATE)
    log.warning("sign-in through %s refused (%s): %s", provider.key, cause, reason)


async def _person(session: AsyncSession, provider: ProviderSettings, claimed: Claimed) -> User:
    """Whom a subject stands for; else who has the address; else somebody new."""
    identity = await _identity(session, claimed)
    if identity is None:
        await session.execute(select(func.pg_advisory_xact_lock(ARRIVING)))
        identity = await _identity(session, claimed)
    if identity is not None:
        known = await session.get_one(User, identity.user_id, with_for_update={"key_share": True})
        own = update(UserIdentity).where(UserIdentity.id == identity.id).values(last_signed_in_at=now(session))
        if await session.scalar(own.returning(UserIdentity.id)) is not None:
            return known
        await session.execute(select(func.pg_advisory_xact_lock(ARRIVING)))  # erased meanwhile: who comes is another
    user = await session.scalar(
        select(User).where(func.lower(User.email) == claimed.email.lower()).with_for_update(key_share=True)
    )
    if user is None:
        user = await _new_person(session, provider, claimed)
    await _refuse_other_account(session, user, claimed)
    moment = now(session)
    session.add(
        UserIdentity(
            issuer=claimed.issuer,
            subject=claimed.subject,
            user_id=user.id,
            created_at=moment,
            last_signed_in_at=moment,
        )
    )
    return user


async def _identity(session: AsyncSession, claimed: Claimed) -> UserIdentity | None:
    found: UserIdentity | None = await session.scalar(
        select(UserIdentity).where(UserIdentity.issuer == claimed.issuer, UserIdentity.subject == claimed.subject)
    )
    return found


async def _refuse_other_account(session: AsyncSession, user: User, claimed: Claimed) -> None:
    """Addresses are given to new people when their owners leave; subjects never are (Core §5.7)."""
    other = await session.scalar(
        select(UserIdentity.id).where(UserIdentity.user_id == user.id, UserIdentity.issuer == claimed.issuer)
    )
    if other is not None:
        raise RefusedError(
            "other_account", f"the address belongs to the person with the id {user.id}, who is another there"
        )


async def _new_person(session: AsyncSession, provider: ProviderSettings, claimed: Claimed) -> User:
    role = claimed.role or AccessRole(provider.default_role.upper())
    user = User(name=claimed.name, email=claimed.email, access_role=role, created_at=now(session))
    session.add(user)
    await session.flush()
    # Name and address are never written into events: a person can be erased.
    changed = {"name": {}, "email": {}, "access_role": {"to": role.value}}
    record_saved(session, SYSTEM, "user", user.id, changed, created=True)
    return user
