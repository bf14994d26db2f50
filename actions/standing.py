"""Whether an actor is still who they were when their credentials were looked at: for what gives out rights that last.

A request that is under way when its sender is archived, loses their role or has their token revoked would otherwise
leave a token, a link or an admin behind, which nobody would look for any more. Owners are locked before credentials, as
by whoever ends them (docs/locks.md); to be called when what the input names is locked.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from auth.actor import Actor
from auth.identify import NOBODY, Identity
from auth.token import weaker
from core.errors import DomainError, ErrorCode
from models.access import AccessToken, BrowserSession, ServiceAccount, good_tokens
from models.person import User


async def require_standing(session: AsyncSession, actor: Actor, *, locked: int | None = None) -> None:
    """Refuse whose rights or credentials ended meanwhile; who archives or demotes them now waits for the commit.

    UNAUTHENTICATED for who was archived and for a token or session that is over, FORBIDDEN for who may do less now.
    `locked`: a token that the caller locks and looks at itself. Muster itself always stands.
    """
    await _require_owner(session, actor)
    credential = _credential(session.info.get("identity", NOBODY), now(session), locked)
    if credential is not None and await session.scalar(credential.with_for_update(read=True, key_share=True)) is None:
        raise ended()


async def _require_owner(session: AsyncSession, actor: Actor) -> None:
    if actor.access_role is None or (actor.user_id is None and actor.service_account_id is None):
        return
    owner: type[User | ServiceAccount] = User if actor.user_id is not None else ServiceAccount
    # Locked against `for update`, which whoever archives or demotes them takes (actions.catalogue.saving.begin).
    lock = {"read": True, "key_share": True}
    row: User | ServiceAccount | None = await session.get(owner, actor.id, populate_existing=True, with_for_update=lock)
    if row is None or row.archived:
        raise ended()
    if weaker(actor.access_role, row.access_role) is not actor.access_role:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "What you may do was changed while this was under way.",
            hint="Ask for less, or have an admin do it.",
        )


def _credential(identity: Identity, moment: datetime, locked: int | None) -> Select[Any] | None:
    """The credential by which this is asked, if it is still good; None if there is none to look at."""
    if identity.token_id is not None:
        good = select(AccessToken.id).where(AccessToken.id == identity.token_id, good_tokens(moment))
        return None if identity.token_id == locked else good
    if identity.session_id is not None:
        return select(BrowserSession.id).where(
            BrowserSession.id == identity.session_id, BrowserSession.revoked_at.is_(None)
        )
    return None


def ended() -> DomainError:
    """What is said to somebody whose credentials ended while they asked."""
    return DomainError(
        ErrorCode.UNAUTHENTICATED, "These credentials ended while this was under way.", hint="Sign in again."
    )
