"""Teams."""

import strawberry

from models import person
from resolvers import action_items, people
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="How many action items a team owes: those that are OPEN or IN_PROGRESS.")
class OwedActionItems:
    open: int = column("All of them.")
    overdue: int = column("Those that were due before today (UTC).")
    unassigned: int = column("Those that are nobody's yet.")


@strawberry.type(description="A team. Teams own services and action items.")
class Team(Node):
    id: strawberry.ID = identity("Team")
    slug: str = column("Its short name, which every input that names a team takes; unique.")
    name: str = column("What it is called.")
    members: list[AUser] = batched(people.members_of_teams, description="Who belongs to it, by name.")
    manager: AUser | None = batched(
        pointed_to(person.User, "manager_id"), description="Who is told of action items that are overdue for long."
    )
    owed: OwedActionItems = batched(
        action_items.owed_by_teams, description="How many action items it owes, of those that you may see."
    )
    archived: bool = column("Whether it is no longer used: nothing new can be given to it.")

    is_type_of = is_row_of(person.Team)
