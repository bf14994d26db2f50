"""Who acts."""

from dataclasses import dataclass

from models.person import User
from models.words import AccessRole, ActorKind


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something and how far they may go. Equal actors are the same actor: ids, not names, tell them apart."""

    kind: ActorKind
    id: int | None
    name: str
    access_role: AccessRole | None
    limit: frozenset[str] | None = None
    """The permissions that this credential has at most, whatever its owner has. None: no limit of its own."""
    sees_private: bool = False
    """An admin with the explicit right to see private incidents that they are no member of."""

    @property
    def user_id(self) -> int | None:
        """The person's key, if a person acts."""
        return self.id if self.kind is ActorKind.USER else None

    @property
    def service_account_id(self) -> int | None:
        """The service account's key, if a script acts."""
        return self.id if self.kind is ActorKind.SERVICE_ACCOUNT else None

    @property
    def listed_as(self) -> tuple[ActorKind, int | None]:
        """Who it is in lists of members. For auth.visibility alone: all else asks for `user_id` and the like."""
        return self.kind, self.id


SYSTEM = Actor(ActorKind.SYSTEM, None, "Muster", AccessRole.ADMIN)
"""Muster itself: jobs and timers. Sees everything, also private incidents."""

ANONYMOUS = Actor(ActorKind.ANONYMOUS, None, "Anonymous", None)
"""Nobody in particular."""


def of_person(user: User) -> Actor:
    """Somebody who acts by other means than a credential of theirs: a link, a reply, a colleague who notes it."""
    return Actor(ActorKind.USER, user.id, user.name, user.access_role, sees_private=user.sees_private)


def integration(source_id: int, name: str) -> Actor:
    """An alert source acting through its hook."""
    return Actor(ActorKind.INTEGRATION, source_id, name, AccessRole.RESPONDER)


def vendor(integration_id: int, name: str) -> Actor:
    """An account at a vendor, whose news it is: of what is private, too, where something of ours stands there."""
    return Actor(ActorKind.VENDOR, integration_id, name, AccessRole.RESPONDER, sees_private=True)


def workflow(run_id: int, name: str) -> Actor:
    """A workflow that takes its steps: sees what it is about, private or not, and may do what an admin may."""
    return Actor(ActorKind.WORKFLOW, run_id, name, AccessRole.ADMIN, sees_private=True)
