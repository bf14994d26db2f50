"""Which column stands behind an attribute of SCIM: what filters and orders are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, or_, select, true

from actions.directory.locking import on_the_list
from integrations.scim.resources import GROUP, USER
from models.person import Team, TeamMember, User


class Kind(Enum):
    """How an attribute is compared."""

    TEXT = auto()
    EXACT = auto()
    """A text whose case counts."""
    FLAG = auto()
    MOMENT = auto()
    KEY = auto()
    """The key of a row, which the attribute shows as an opaque id."""


@dataclass(frozen=True, slots=True)
class Column:
    """What an attribute is compared by."""

    kind: Kind
    value: Any
    noun: str = ""
    """Of a KEY: whose."""


@dataclass(frozen=True, slots=True)
class Entries:
    """A multi-valued attribute: what its sub-attributes are compared by, and how to say that one of it is so."""

    any_is: Callable[[ColumnElement[bool]], ColumnElement[bool]]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a resource by their Python names in integrations.scim.resources, such as `name.given_name`."""

    columns: Mapping[str, Column]
    entries: Mapping[str, Entries]
    parts: Mapping[str, ColumnElement[bool]]
    """Of complex attributes: when anything of them is there."""


def _only(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of lists that always have exactly one entry."""
    return condition


def _of_a_team(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = select(TeamMember.user_id).join(Team, Team.id == TeamMember.team_id)
    return mine.where(TeamMember.user_id == User.id, Team.archived_at.is_(None), condition).exists()


def _of_a_member(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = select(TeamMember.team_id).join(User, User.id == TeamMember.user_id)
    return mine.where(TeamMember.team_id == Team.id, on_the_list(), condition).exists()


def _meta(model: type[User] | type[Team], resource: str) -> dict[str, Column]:
    return {
        "meta.resource_type": Column(Kind.EXACT, _always(resource)),
        "meta.created": Column(Kind.MOMENT, model.created_at),
        "meta.last_modified": Column(Kind.MOMENT, func.coalesce(model.changed_at, model.created_at)),
        "external_id": Column(Kind.EXACT, model.external_id),
        "display_name": Column(Kind.TEXT, model.name),
    }


def _always(text: str) -> ColumnElement[str]:
    """The same text for every row. With its type, since PostgreSQL finds none for `$1 IS NULL`."""
    return cast(literal(text), Text)


def _schemas(urn: str) -> Entries:
    return Entries(_only, {"": Column(Kind.EXACT, _always(urn))})


USERS = Attributes(
    {
        **_meta(User, "User"),
        "id": Column(Kind.KEY, User.id, "User"),
        "user_name": Column(Kind.TEXT, User.email),
        "name.given_name": Column(Kind.TEXT, User.given_name),
        "name.family_name": Column(Kind.TEXT, User.family_name),
        "active": Column(Kind.FLAG, User.archived_at.is_(None)),
    },
    {
        "schemas": _schemas(USER),
        "emails": Entries(
            _only,
            {
                "value": Column(Kind.TEXT, User.email),
                "type": Column(Kind.TEXT, _always("work")),
                "primary": Column(Kind.FLAG, true()),
            },
        ),
        "roles": Entries(_only, {"value": Column(Kind.TEXT, User.access_role)}),
        "groups": Entries(
            _of_a_team, {"value": Column(Kind.KEY, Team.id, "Team"), "display": Column(Kind.TEXT, Team.name)}
        ),
    },
    {"meta": true(), "name": or_(User.given_name.is_not(None), User.family_name.is_not(None))},
)

GROUPS = Attributes(
    {**_meta(Team, "Group"), "id": Column(Kind.KEY, Team.id, "Team")},
    {
        "schemas": _schemas(GROUP),
        "members": Entries(
            _of_a_member,
            {
                "value": Column(Kind.KEY, User.id, "User"),
                "display": Column(Kind.TEXT, User.name),
                "type": Column(Kind.TEXT, _always("User")),
            },
        ),
    },
    {"meta": true()},
)
