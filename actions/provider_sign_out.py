"""A provider ends sessions: back-channel logout."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.sign_in import end_sessions
from auth.actor import SYSTEM
from auth.oidc.problems import TokenError
from auth.oidc.tokens import SignedOut
from core.oidc_settings import ProviderSettings
from models.access import BrowserSession, SeenToken


async def end_provider_sessions(session: AsyncSession, provider: ProviderSettings, told: SignedOut) -> int:
    """End the browser sessions that a logout token means; how many. TokenError if it was taken before (§2.6)."""
    new = await session.scalar(
        insert(SeenToken)
        .values(issuer=told.issuer, jti=told.jti, expires_at=told.expires_at)
        .on_conflict_do_nothing()
        .returning(SeenToken.jti)
    )
    if new is None:
        raise TokenError("it was used before")
    meant = [BrowserSession.provider == provider.key, BrowserSession.issuer == told.issuer]
    if told.subject is not None:
        meant.append(BrowserSession.subject == told.subject)
    if told.session is not None:
        meant.append(BrowserSession.provider_session == told.session)
    return len(await end_sessions(session, SYSTEM, *meant))
