"""The two kinds of tokens that providers send: who signed in (ID token), and who signed out (logout token)."""

import hmac
from datetime import UTC, datetime
from typing import Any, NamedTuple

from auth.oidc.connection import Connection
from auth.oidc.problems import TokenError
from auth.oidc.signed import SKEW, read_signed

LONGEST_SUBJECT = 255
"""Core §2: a subject has at most 255 ASCII characters."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class SignedOut(NamedTuple):
    """What a logout token says: whose sessions end, or which one."""

    issuer: str
    jti: str
    expires_at: datetime
    subject: str | None
    session: str | None


async def read_id_token(connection: Connection, token: object, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of an ID token that answers our request. TokenError if it is not believed (Core §3.1.3.7)."""
    _, claims = await read_signed(connection, token, now)
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise TokenError("it answers another request (nonce)")
    _text(claims, "sub")
    return claims


async def read_logout_token(connection: Connection, token: object, now: datetime) -> SignedOut:
    """What a logout token says. TokenError if it is not believed (Back-Channel Logout 1.0 §2.6)."""
    header, claims = await read_signed(connection, token, now)
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in ("jwt", "logout+jwt"):
        raise TokenError("it is another kind of token")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise TokenError("it tells of no logout")
    if "nonce" in claims:
        raise TokenError("a logout token has no nonce")
    subject = _text(claims, "sub") if "sub" in claims else None
    session = _text(claims, "sid") if "sid" in claims else None
    if subject is None and session is None:
        raise TokenError("it names neither a session nor a person")
    until = datetime.fromtimestamp(float(claims["exp"]) + SKEW, UTC)
    return SignedOut(str(claims["iss"]), _text(claims, "jti"), until, subject, session)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_SUBJECT or "\x00" in value:
        raise TokenError(f"its {name} is no text of at most {LONGEST_SUBJECT} characters")
    return value
