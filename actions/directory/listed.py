"""What a company's directory says of a person or a group, in Muster's words."""

from collections.abc import Callable
from dataclasses import dataclass

from actions import check
from core.errors import DomainError, ErrorCode, invalid
from models.person import DirectoryFacts, Team, User, is_email
from models.words import AccessRole

NAME = 120
"""Characters of a name, as in actions.catalogue.saving."""

Current = Callable[[str], bool]
"""Whether a version is one that the directory knows (If-Match, RFC 7644 §3.14)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A person. `access_role` None: the directory says nothing about it."""

    email: str
    name: str
    given_name: str | None = None
    family_name: str | None = None
    external_id: str | None = None
    active: bool = True
    access_role: AccessRole | None = None

    @classmethod
    def of(cls, user: User) -> "Listed":
        """A person as they are."""
        return cls(
            user.email,
            user.name,
            user.given_name,
            user.family_name,
            user.external_id,
            not user.archived,
            user.access_role,
        )

    def checked(self) -> "Listed":
        """The same, as it is stored. INVALID_INPUT for what can't be."""
        if not is_email(self.email):
            raise invalid(
                "email",
                f"{self.email[:80]!r} is no e-mail address, and people sign in by theirs.",
                "Have the directory send the e-mail address as userName.",
            )
        return Listed(
            self.email,
            check.text(self.name, "name", limit=NAME),
            check.optional_text(self.given_name, "given_name", limit=NAME),
            check.optional_text(self.family_name, "family_name", limit=NAME),
            check.optional_text(self.external_id, "external_id", limit=check.LINE),
            self.active,
            self.access_role,
        )


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group and the keys of the people in it."""

    name: str
    external_id: str | None = None
    members: frozenset[int] = frozenset()

    @classmethod
    def of(cls, team: Team, members: frozenset[int]) -> "ListedGroup":
        """A team as it is."""
        return cls(team.name, team.external_id, members)

    def checked(self) -> "ListedGroup":
        """The same, as it is stored. INVALID_INPUT for what can't be."""
        return ListedGroup(
            check.text(self.name, "name", limit=NAME),
            check.optional_text(self.external_id, "external_id", limit=check.LINE),
            self.members,
        )


def refuse_outdated(row: DirectoryFacts, current: Current | None) -> None:
    """VERSION_CONFLICT if the directory made its change to something that is otherwise by now."""
    if current is not None and not current(row.version):
        raise DomainError(
            ErrorCode.VERSION_CONFLICT, "This was changed meanwhile.", hint="Read it again, then send the change."
        )
