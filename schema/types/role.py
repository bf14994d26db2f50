"""Incident roles, and who holds them."""

from datetime import datetime

import strawberry

from models import role
from models.person import User
from models.role import RoleAssignment as Row
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A role in an incident, with its duties. It has nothing to do with access rights.")
class Role(Node):
    id: strawberry.ID = identity("Role")
    key: str = column(
        "Its short name, which every input that names a role takes, such as `commander`, `technical_lead`,"
        " `communications_lead` or `scribe`; unique."
    )
    name: str = column("What it is called.")
    duties: str = column("What whoever holds it does and does not do. Markdown.")
    archived: bool = column("Whether it can no longer be given to anybody.")

    is_type_of = is_row_of(role.Role)


@strawberry.type(
    description="That a person holds, or held, a role in an incident. A hand-over ends one and begins another."
)
class RoleAssignment:
    role: Role = batched(pointed_to(role.Role, "role_id"), description="The role.")
    user: AUser = batched(pointed_to(User, "user_id"), description="Who holds, or held, it.")
    assumed_at: datetime = column("Since when.")
    relinquished_at: datetime | None = column("Until when; null while they hold it.")

    is_type_of = is_row_of(Row)
