"""Settings of issuers whose access tokens we take (RFC 9068), beside the tokens that we make ourselves."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, NoDecode

from core.oidc_settings import Issuer, from_json

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class TrustedIssuer(BaseModel):
    """An authorization server whose access tokens count here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Issuer
    audience: str = Field(min_length=1)
    """What its tokens for us name as their audience."""
    algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")


def _issuers(value: object) -> object:
    return from_json(value) or ()


Issuers = Annotated[tuple[TrustedIssuer, ...], NoDecode, BeforeValidator(_issuers)]


class JwtSettings(BaseSettings):
    """The part of the settings that says whose access tokens are taken."""

    jwt_issuers: Issuers = Field((), validation_alias="MUSTER_JWT_ISSUERS")
