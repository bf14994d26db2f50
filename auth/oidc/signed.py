"""Tokens that a provider signed (RFC 7515, 7519): signature first, then issuer, audience and time."""

import warnings
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from auth.oidc.connection import Connection
from auth.oidc.problems import TokenError

ALGORITHMS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip
"""The only algorithms, each with the type of its keys. Never `none` or HMAC: our keys are public (RFC 8725 §3.1)."""

SKEW = 60
"""Seconds by which the provider's clock may differ from ours."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""Seconds since 1970 that can still be a moment here."""
LONGEST = 32_768
"""Characters of a token."""


async def read_signed(connection: Connection, token: object, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that this provider signed for us and that is of this time. TokenError otherwise."""
    header, claims = await verified(connection, token)
    check_claims(claims, connection.provider.issuer, connection.provider.client_id, now)
    return header, claims


def unverified_claims(token: str) -> dict[str, Any]:
    """What a token claims, believed by nobody: to find out whose keys to verify it with. TokenError if it is none."""
    if len(token) > LONGEST:
        raise TokenError("the token is too long")
    return _part(token, 1)


def _part(token: str, place: int) -> dict[str, Any]:
    try:
        parts = token.encode().split(b".")
        parsed = orjson.loads(urlsafe_b64decode(parts[place]))
    except (ValueError, IndexError) as error:
        raise TokenError("it is no signed token") from error
    if not isinstance(parsed, dict):
        raise TokenError("it is no signed token")
    return parsed


async def verified(connection: Connection, token: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that a key of this provider signed; for whom and when, nobody looked yet."""
    if not isinstance(token, str) or len(token) > LONGEST:
        raise TokenError("there is no token, or it is too long")
    header = _part(token, 0)
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenError(f"the algorithm {str(algorithm)[:40]!r} is not allowed")
    if key_id is not None and not isinstance(key_id, str):
        raise TokenError("the key id is no text")
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    for key in await connection.keys(key_id):
        if key.key_type != ALGORITHMS[algorithm] or key.get("alg", algorithm) != algorithm:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)  # providers still call Ed25519 by its older name
                return header, jwt.decode(token, key, registry=registry).claims
        except (JoseError, ValueError, TypeError):
            continue
    raise TokenError("no key of the provider fits the signature")


def check_claims(claims: dict[str, Any], issuer: str, client_id: str, now: datetime) -> None:
    """Refuse what another issued, what is for another, and what is not of this time (Core §3.1.3.7). TokenError."""
    audiences = check_issued(claims, issuer, client_id)
    party = claims.get("azp")
    if (party is not None or len(audiences) > 1) and party != client_id:
        raise TokenError("it was given to another party")
    check_times(claims, now)


def check_issued(claims: dict[str, Any], issuer: str, audience: str) -> list[Any]:
    """All audiences of a token, which this issuer must have made for this audience, among others. TokenError."""
    if claims.get("iss") != issuer:
        raise TokenError("another issuer made it")
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    if audience not in audiences:
        raise TokenError("it is for another audience")
    return audiences


def check_times(claims: dict[str, Any], now: datetime) -> None:
    """Refuse what has expired, and what is of the future, but for a minute between the clocks. TokenError."""
    moment = now.timestamp()
    if moment_of(claims, "exp") <= moment - SKEW:
        raise TokenError("it has expired")
    if moment_of(claims, "iat") > moment + SKEW:
        raise TokenError("it was issued in the future: compare the clocks of both machines")
    if "nbf" in claims and moment_of(claims, "nbf") > moment + SKEW:
        raise TokenError("it is not valid yet: compare the clocks of both machines")


def moment_of(claims: dict[str, Any], name: str) -> float:
    """Seconds since 1970 that a claim holds (RFC 7519 §2, NumericDate). TokenError if it holds none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise TokenError(f"its {name} is no moment")
    return float(value)
