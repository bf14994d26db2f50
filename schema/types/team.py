"""Teams."""

import strawberry

from models import person
from resolvers import people
from resolvers.fields import batched, column
from schema.lazy import AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A team. Teams own services and action items.")
class Team(Node):
    id: strawberry.ID = identity("Team")
    slug: str = column("Its short name, which every input that names a team takes; unique.")
    name: str = column("What it is called.")
    members: list[AUser] = batched(people.members_of_teams, description="Who belongs to it, by name.")
    archived: bool = column("Whether it is no longer used: nothing new can be given to it.")

    is_type_of = is_row_of(person.Team)
