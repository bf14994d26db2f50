"""Going to the provider and coming back: authorization code with PKCE (Core §3.1, RFC 7636), built on Authlib."""

from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import DEFAULT_HEADERS, OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from auth.oidc.connection import Connection
from auth.oidc.fetching import fetch_json
from auth.oidc.metadata import Metadata
from auth.oidc.problems import TokenError
from core.oidc_settings import ProviderSettings


def authorization_address(
    provider: ProviderSettings, metadata: Metadata, callback: str, *, state: str, nonce: str, verifier: str
) -> str:
    """Where the browser is sent: with S256 of the verifier, never the verifier itself."""
    client = OAuth2Client(
        None, provider.client_id, scope=provider.scopes, redirect_uri=callback, code_challenge_method="S256"
    )
    address, _ = client.create_authorization_url(metadata.authorization, state, verifier, nonce=nonce)
    return str(address)


async def exchange_code(connection: Connection, callback: str, *, code: str, verifier: str) -> dict[str, Any]:
    """The provider's answer to a code: tokens. TokenError if it takes it not; ProviderError if it can't be asked."""
    metadata = await connection.metadata()
    body = prepare_token_request("authorization_code", "", callback, code=code, code_verifier=verifier)
    address, headers, body = _client_auth(connection.provider, metadata).prepare(
        "POST", metadata.token, dict(DEFAULT_HEADERS), body
    )
    status, answer = await fetch_json(address, method="POST", headers=headers, body=body)
    if status != httpx.codes.OK:
        raise TokenError(f"the provider did not take the code: {status} {str(answer.get('error'))[:80]}")
    return answer


def _client_auth(provider: ProviderSettings, metadata: Metadata) -> Any:
    if provider.client_secret is None:
        return ClientAuth(provider.client_id, None, "none")
    secret = provider.client_secret.get_secret_value()
    if metadata.secret_in_body:
        return ClientAuth(provider.client_id, secret, "client_secret_post")
    # RFC 6749 §2.3.1: both are form-encoded before they become a user name and a password. Authlib leaves that to us.
    return ClientAuth(quote_plus(provider.client_id), quote_plus(secret), "client_secret_basic")


async def all_claims(connection: Connection, claims: dict[str, Any], tokens: dict[str, Any]) -> dict[str, Any]:
    """The claims of the ID token, and those of the userinfo endpoint where it is needed for what we must know.

    TokenError if it speaks of somebody else (Core §5.3.2).
    """
    provider, metadata = connection.provider, await connection.metadata()
    needed = {"email", "email_verified", provider.role_claim, provider.team_claim} - {None}
    access = tokens.get("access_token")
    if needed <= claims.keys() or metadata.userinfo is None or not isinstance(access, str) or not access.isascii():
        return claims
    status, more = await fetch_json(metadata.userinfo, headers={"Authorization": f"Bearer {access}"})
    if status != httpx.codes.OK or more.get("sub") != claims["sub"]:
        raise TokenError("the userinfo endpoint does not speak of this person")
    return {**more, **claims}


def sign_out_address(provider: ProviderSettings, metadata: Metadata, hint: str | None, back: str) -> str | None:
    """Where a browser signs out at the provider too (RP-Initiated Logout 1.0 §2); None where that is not offered."""
    if metadata.end_session is None:
        return None
    more = {"id_token_hint": hint} if hint else {}
    separator = "&" if "?" in metadata.end_session else "?"
    query = httpx.QueryParams({"client_id": provider.client_id, "post_logout_redirect_uri": back, **more})
    return f"{metadata.end_session}{separator}{query}"
