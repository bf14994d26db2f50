"""A credential makes none that may do more than itself."""

from collections.abc import Sequence

from auth.actor import Actor
from auth.permission import PERMISSIONS, permissions
from auth.token import bound
from core.errors import DomainError, ErrorCode
from models.words import AccessRole


def require_reach(actor: Actor, access_role: AccessRole, scopes: Sequence[str] | None) -> None:
    """Refuse with FORBIDDEN what would let a limited credential (Actor.limit) make a wider one.

    Somebody without a limit of their own, an admin in the browser, may give away whatever a role allows.
    """
    if actor.limit is None:
        return
    given = bound(access_role, scopes)
    beyond = (PERMISSIONS[AccessRole.ADMIN] if given is None else given) - permissions(actor)
    if beyond:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            f"The credential that you use may not “{min(beyond)}”, so it can make none that may.",
            field="scopes",
            hint="Ask for fewer scopes, or use a credential with wider ones.",
        )
