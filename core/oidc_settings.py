"""Settings of identity providers (OpenID Connect): one by OIDC_…, several by OIDC_PROVIDERS."""

import json
from collections.abc import Iterator
from functools import cached_property
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode

SINGLE = "sso"
"""The key of the provider that OIDC_ISSUER names."""

RoleName = Literal["viewer", "responder", "manager", "admin"]


def is_loopback(host: str) -> bool:
    """Whether a host name can be nobody but this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def safe_address(address: str) -> bool:
    """Whether an address of a provider may be spoken to: TLS (OpenID Connect Core §16.17), or this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _issuer(value: str) -> str:
    # An issuer has no query and no fragment (OpenID Connect Discovery §3).
    if not safe_address(value) or "?" in value or "#" in value:
        raise ValueError("must be an address such as https://login.example.org, without ? and #")
    return value


def from_json(value: object) -> object:
    """A setting that is given as JSON; None for an empty one."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except ValueError:
        raise ValueError("must be JSON") from None


def _mapping(value: object) -> object:
    return from_json(value) or {}


def _domains(value: object) -> object:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be domains, separated by commas")  # a ValueError is what pydantic reports
    return tuple(part.strip().lower().removeprefix("@") for part in parts if part.strip())


def _objects(value: object) -> object:
    parsed = from_json(value) or []
    if not isinstance(parsed, list | tuple):
        raise ValueError("must be a JSON list of objects")  # noqa: TRY004 (pydantic wants a ValueError)
    return tuple(parsed)


Issuer = Annotated[str, AfterValidator(_issuer)]
Roles = Annotated[dict[str, RoleName], NoDecode, BeforeValidator(_mapping)]
Teams = Annotated[dict[str, str], NoDecode, BeforeValidator(_mapping)]
Domains = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_domains)]


class ProviderSettings(BaseModel):
    """One identity provider that people can sign in through."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: str = Field(pattern="^[a-z0-9-]{1,40}$")
    issuer: Issuer
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    scopes: str = "openid email profile"
    name: str | None = Field(None, max_length=60)
    role_claim: str | None = None
    roles: Roles = {}
    team_claim: str | None = None
    teams: Teams = {}
    allowed_domains: Domains = ()
    default_role: RoleName = "responder"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "openid" not in self.scopes.split():
            raise ValueError("scopes must contain openid")
        for what, claim, mapping in (("role", self.role_claim, self.roles), ("team", self.team_claim, self.teams)):
            if bool(claim) != bool(mapping):
                raise ValueError(f"{what}_claim and {what}s are needed together")
        return self

    @property
    def title(self) -> str:
        """What people know it as."""
        return self.name or urlsplit(self.issuer).hostname or self.key


Providers = Annotated[tuple[ProviderSettings, ...], NoDecode, BeforeValidator(_objects)]


class OidcSettings(BaseSettings):
    """The part of the settings that says how people sign in."""

    oidc_issuer: Issuer | None = Field(None, validation_alias="OIDC_ISSUER")
    oidc_client_id: str | None = Field(None, validation_alias="OIDC_CLIENT_ID")
    oidc_client_secret: SecretStr | None = Field(None, validation_alias="OIDC_CLIENT_SECRET")
    oidc_scopes: str = Field("openid email profile", validation_alias="OIDC_SCOPES")
    oidc_name: str | None = Field(None, validation_alias="OIDC_NAME")
    oidc_role_claim: str | None = Field(None, validation_alias="OIDC_ROLE_CLAIM")
    oidc_roles: Roles = Field({}, validation_alias="OIDC_ROLES")
    oidc_team_claim: str | None = Field(None, validation_alias="OIDC_TEAM_CLAIM")
    oidc_teams: Teams = Field({}, validation_alias="OIDC_TEAMS")
    oidc_allowed_domains: Domains = Field((), validation_alias="OIDC_ALLOWED_DOMAINS")
    oidc_default_role: RoleName = Field("responder", validation_alias="OIDC_DEFAULT_ROLE")
    oidc_providers: Providers = Field((), validation_alias="OIDC_PROVIDERS")

    @model_validator(mode="after")
    def _providers_are_whole(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("OIDC_ISSUER and OIDC_CLIENT_ID are needed together")
        keys = [provider.key for provider in self._single()] + [provider.key for provider in self.oidc_providers]
        if len(keys) != len(set(keys)):
            raise ValueError("OIDC_PROVIDERS: every provider needs a key of its own")
        return self

    def _single(self) -> Iterator[ProviderSettings]:
        if self.oidc_issuer is not None:
            given: dict[str, Any] = {
                name: getattr(self, f"oidc_{name}") for name in ProviderSettings.model_fields if name != "key"
            }
            yield ProviderSettings(key=SINGLE, **given)

    @cached_property
    def identity_providers(self) -> tuple[ProviderSettings, ...]:
        """All providers, in the order of the sign-in page."""
        return (*self._single(), *self.oidc_providers)
