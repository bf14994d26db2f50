"""Teams as resources of SCIM, and what a written resource says of a team."""

from collections.abc import Iterable
from typing import NamedTuple

from scim2_models import InvalidValueException, Meta

from actions.directory.groups import MOST_MEMBERS
from actions.directory.listed import ListedGroup
from core import ids
from core.errors import DomainError
from integrations.scim.people import etag, locate
from integrations.scim.resources import Group, Member, WrittenGroup, WrittenMember
from models.person import Team


class Person(NamedTuple):
    """Somebody in a team."""

    id: int
    name: str


def to_group(team: Team, members: Iterable[Person], base: str) -> Group:
    """A team as the directory is shown it."""
    key = ids.encode("Team", team.id)
    return Group(
        id=key,
        external_id=team.external_id,
        display_name=team.name,
        members=[
            Member(value=user, ref=locate(base, "Users", user), type="User", display=person.name)
            for person in members
            for user in (ids.encode("User", person.id),)
        ]
        or None,
        meta=Meta(
            resource_type="Group",
            created=team.created_at,
            last_modified=team.modified_at,
            location=locate(base, "Groups", key),
            version=etag(team.version),
        ),
    )


def as_written(listed: ListedGroup, members: Iterable[int], key: str | None = None) -> WrittenGroup:
    """A team with some of its members as a directory would write it: what PATCH is applied to."""
    return WrittenGroup(
        id=key,
        external_id=listed.external_id,
        display_name=listed.name,
        members=[WrittenMember(value=ids.encode("User", each), type="User") for each in sorted(members)] or None,
    )


def listed_of(written: WrittenGroup, before: ListedGroup | None = None) -> ListedGroup:
    """What a written group says. An external id and members that are left out stay as `before` has them.

    An empty list of members is a list: it empties the team. InvalidValueException for members who can't be.
    """
    said = written.model_fields_set
    return ListedGroup(
        name=(written.display_name or "").strip(),
        external_id=written.external_id if before is None or "external_id" in said else before.external_id,
        members=keys_of(written.members or []) if before is None or "members" in said else before.members,
    )


def keys_of(members: list[WrittenMember]) -> frozenset[int]:
    """The keys of the people whom members stand for."""
    if len(members) > MOST_MEMBERS:
        raise InvalidValueException(detail=f"A request has at most {MOST_MEMBERS:,} members.")
    return frozenset(_key(member) for member in members)


def _key(member: WrittenMember) -> int:
    try:
        return ids.decode_as("User", member.value or "")
    except DomainError as error:
        raise InvalidValueException(
            detail=f"{(member.value or '')[:80]!r} is no user's id: groups hold users, and no groups."
        ) from error
