"""The parameter `scope` of OAuth requests (RFC 6749 §3.3)."""

from authlib.oauth2.rfc6749.errors import InvalidScopeError

from auth.scope import Scope, read_scopes
from core.errors import DomainError

DEFAULT_SCOPES = [Scope.INCIDENTS_READ.value]
"""What a device gets that asks for nothing in particular: the least."""


def asked_scopes(text: str | None) -> list[str] | None:
    """The scopes in a text with blanks between them, in our order; None if there is none. invalid_scope for others."""
    names = (text or "").split(" ")
    try:
        return read_scopes([name for name in names if name], "scope") or None
    except DomainError as error:
        raise InvalidScopeError(f"Scopes are {', '.join(Scope)}.") from error
