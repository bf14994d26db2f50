"""People as resources of SCIM, and what a written resource says of a person."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel
from scim2_models import InvalidValueException, Meta

from actions.directory.listed import Listed
from core import ids
from integrations.scim.addresses import PREFIX
from integrations.scim.resources import Email, Membership, Name, Role, User, WrittenItem, WrittenName, WrittenUser
from models.person import User as Person
from models.words import AccessRole


class Team(NamedTuple):
    """A team that a person is in."""

    id: int
    name: str


def locate(base: str, kind: str, key: str) -> str:
    """The address of a resource: `locate(base, "Users", id)`."""
    return f"{base}{PREFIX}/{kind}/{key}"


def etag(version: str) -> str:
    """The version of a resource as HTTP and `meta.version` have it (RFC 7644 §3.14): weak, for answers are shaped."""
    return f'W/"{version}"'


def to_user(person: Person, teams: Iterable[Team], base: str) -> User:
    """A person as the directory is shown them."""
    key = ids.encode("User", person.id)
    named = person.given_name is not None or person.family_name is not None
    return User(
        id=key,
        external_id=person.external_id,
        user_name=person.email,
        name=Name(given_name=person.given_name, family_name=person.family_name) if named else None,
        display_name=person.name,
        active=not person.archived,
        emails=[Email(value=person.email, type="work", primary=True)],
        roles=[Role(value=person.access_role.lower())],
        groups=[
            Membership(value=group, ref=locate(base, "Groups", group), display=team.name)
            for team in teams
            for group in (ids.encode("Team", team.id),)
        ]
        or None,
        meta=Meta(
            resource_type="User",
            created=person.created_at,
            last_modified=person.modified_at,
            location=locate(base, "Users", key),
            version=etag(person.version),
        ),
    )


def as_written(listed: Listed, key: str | None = None) -> WrittenUser:
    """A person as a directory would write them: what PATCH is applied to."""
    role = listed.access_role
    return WrittenUser(
        id=key,
        external_id=listed.external_id,
        user_name=listed.email,
        name=WrittenName(given_name=listed.given_name, family_name=listed.family_name),
        display_name=listed.name,
        active=listed.active,
        emails=[WrittenItem(value=listed.email, type="work", primary=True)],
        roles=[WrittenItem(value=role.lower(), primary=True)] if role is not None else None,
    )


def listed_of(written: WrittenUser, before: Listed | None = None) -> Listed:
    """What a written person says. Attributes that are left out stay as `before` has them, the parts of a name apart.

    RFC 7644 §3.5.1 leaves that to the provider: nobody is to lose their role, or to come in again, by an omission.
    InvalidValueException for a role that there is not.
    """
    name = written.name or WrittenName()
    email = (written.user_name or "").strip()
    given, family = (name.given_name or "").strip() or None, (name.family_name or "").strip() or None
    parts = " ".join(part for part in (given, family) if part)
    shown = (written.display_name or "").strip() or (name.formatted or "").strip() or parts
    active = written.active if written.active is not None else before is None or before.active
    return Listed(
        email=email,
        name=shown or email.partition("@")[0],
        given_name=given,
        family_name=family,
        external_id=written.external_id if before is None or _says(written, "external_id") else before.external_id,
        active=active,
        access_role=_role(written.roles, before),
    )


def _says(written: WrittenUser, field: str) -> bool:
    return field in written.model_fields_set


def _role(roles: list[WrittenItem] | None, before: Listed | None) -> AccessRole | None:
    """The one role that is written; None if none is. One that was added takes the place of the one before."""
    named = {(role.value or "").strip().lower() for role in roles or []} - {""}
    if len(named) > 1 and before is not None and before.access_role is not None:
        named.discard(before.access_role.lower())
    if not named:
        return None
    if len(named) > 1:
        raise InvalidValueException(detail="A person has one role: send one of them.")
    try:
        return AccessRole(named.pop().upper())
    except ValueError as error:
        known = ", ".join(role.lower() for role in AccessRole)
        raise InvalidValueException(detail=f"There is no such role. Roles are {known}.") from error


def attribute_of(field: str) -> str:
    """What SCIM calls a field of ours: refusals name it so."""
    own: dict[str, Any] = {
        "email": "userName",
        "name": "displayName",
        "given_name": "name.givenName",
        "family_name": "name.familyName",
        "access_role": "roles",
    }
    return str(own.get(field) or to_camel(field))
