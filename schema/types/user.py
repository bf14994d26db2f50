"""People."""

import strawberry

from models import person
from models.words import AccessRole
from resolvers import people
from resolvers.fields import batched, column, computed
from schema.lazy import ATeam
from schema.node import Node, identity, is_row_of


def _email(user: person.User) -> str | None:
    return user.shown_email


@strawberry.type(description="A person who works here, or did.")
class User(Node):
    id: strawberry.ID = identity("User")
    name: str = column("What they are called.")
    email: str | None = computed(_email, description="Their e-mail address; null once it was erased.")
    access_role: AccessRole = column("What they may do in Muster.")
    sees_private: bool = column("Whether they are an admin who sees private incidents without being a member.")
    teams: list[ATeam] = batched(people.teams_of_users, description="The teams that they belong to, by name.")
    archived: bool = column("Whether they have left: nothing new can be given to them.")
    erased: bool = column("Whether who they were was erased (`erasePerson`): nothing of them can be changed any more.")

    is_type_of = is_row_of(person.User)
