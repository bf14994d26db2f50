"""From a provider's claims to what Muster knows of a person. Refusals say why, to admins."""

from dataclasses import dataclass
from typing import Any

from auth.oidc.problems import RefusedError
from core.oidc_settings import ProviderSettings
from models.person import is_email
from models.words import AccessRole

NAME = 120


@dataclass(frozen=True, slots=True)
class Claimed:
    """A person as a provider describes them."""

    issuer: str
    subject: str
    email: str
    name: str
    role: AccessRole | None
    """What the mapping says; None without a mapping."""
    teams: frozenset[str] | None
    """Slugs of the mapped teams that they belong to; None where the provider says nothing about it."""
    session: str | None


def read_claims(provider: ProviderSettings, claims: dict[str, Any]) -> Claimed:
    """The person whom the claims describe. RefusedError for an unverified address, another domain, or no role."""
    email = claims.get("email")
    if not isinstance(email, str) or not is_email(email):
        raise RefusedError("email_missing", "the provider sends no e-mail address; is the scope email asked for?")
    # Some providers write booleans as text.
    if claims.get("email_verified") not in (True, "true"):
        raise RefusedError("email_unverified", "the provider has not verified the e-mail address")
    domain = email.rpartition("@")[2].lower()
    if provider.allowed_domains and domain not in provider.allowed_domains:
        raise RefusedError("domain", f"the domain {domain} is not among the allowed ones")
    name = claims.get("name") or claims.get("preferred_username") or email.partition("@")[0]
    session = claims.get("sid")
    return Claimed(
        issuer=provider.issuer,
        subject=claims["sub"],
        email=email,
        name=_one_line(str(name)) or email.partition("@")[0],
        role=_role(provider, claims),
        teams=_teams(provider, claims),
        session=session if isinstance(session, str) and len(session) <= 255 else None,  # noqa: PLR2004
    )


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:NAME]


def _role(provider: ProviderSettings, claims: dict[str, Any]) -> AccessRole | None:
    """The highest role that a value of the claim stands for."""
    if provider.role_claim is None:
        return None
    values = _values(claims, provider.role_claim)
    mapped = [AccessRole(provider.roles[value].upper()) for value in values or () if value in provider.roles]
    if not mapped:
        seen = "is missing" if values is None else f"holds {', '.join(sorted(values))[:200] or 'nothing'}"
        raise RefusedError("role", f"the claim {provider.role_claim} {seen}; no value of it stands for a role")
    return max(mapped, key=list(AccessRole).index)


def _teams(provider: ProviderSettings, claims: dict[str, Any]) -> frozenset[str] | None:
    values = _values(claims, provider.team_claim) if provider.team_claim else None
    return None if values is None else frozenset(provider.teams[value] for value in values if value in provider.teams)


def _values(claims: dict[str, Any], name: str) -> frozenset[str] | None:
    """The texts of a claim; None if it is not there. A name with dots may lead inside (`realm_access.roles`)."""
    found: Any = claims.get(name)
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if found is None:
        return None
    return frozenset(value for value in (found if isinstance(found, list) else [found]) if isinstance(value, str))
