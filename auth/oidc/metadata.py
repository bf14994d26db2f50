"""What a provider says about itself (OpenID Connect Discovery 1.0)."""

from dataclasses import dataclass
from typing import Any

from auth.oidc.fetching import fetch_good
from auth.oidc.problems import ProviderError
from core.oidc_settings import ProviderSettings, safe_address

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider's doors are. Every address was checked: TLS, or loopback."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    secret_in_body: bool
    """Whether the client secret goes into the form (client_secret_post), since Basic is not offered."""
    names_itself: bool
    """Whether it adds `iss` to its answers (RFC 9207)."""


async def discover(provider: ProviderSettings) -> Metadata:
    """The metadata of a provider. ProviderError if it can't be had, or is another's."""
    said = await fetch_good(provider.issuer.rstrip("/") + WELL_KNOWN)
    # Discovery §4.3: the issuer must be exactly the one that was asked.
    if said.get("issuer") != provider.issuer:
        raise ProviderError(f"the provider calls itself {str(said.get('issuer'))[:200]!r}, not {provider.issuer!r}")
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        userinfo=_address(said, "userinfo_endpoint") if "userinfo_endpoint" in said else None,
        end_session=_address(said, "end_session_endpoint") if "end_session_endpoint" in said else None,
        secret_in_body="client_secret_basic" not in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: dict[str, Any], name: str) -> str:
    address = said.get(name)
    if not isinstance(address, str) or not safe_address(address):
        raise ProviderError(f"the provider's {name} is no address with https")
    return address
