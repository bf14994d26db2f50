"""Bearer tokens."""

from datetime import datetime

import strawberry

from models import access
from models.person import User
from models.words import AccessRole
from resolvers.access import is_current_token
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AServiceAccount, AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(
    description="A bearer token of a person or a service account. It never reaches further than its owner; its secret"
    " is never shown again."
)
class Token(Node):
    id: strawberry.ID = identity("Token")
    name: str = column("What it is for.")
    hint: str | None = column("The last characters of its secret, to tell it from others.")
    access_role: AccessRole = column("What it may do at most.")
    scopes: list[str] | None = column(
        "What of that it is narrowed to, such as `incidents:read`; null: to nothing less than its role."
    )
    networks: list[str] | None = column("The networks that it may be used from; null: anywhere.")
    documents: list[str] | None = column(
        "The SHA-256 of each GraphQL document that it may send, in hexadecimal digits; null: any document."
    )
    created_at: datetime = column("When it was made.")
    expires_at: datetime | None = column("When it expires; null: never.")
    rotated_at: datetime | None = column("When it was given a successor; null: it has none.")
    revoked_at: datetime | None = column("When it was ended before its time; null: it was not.")
    last_used_at: datetime | None = column("When it was last used, to some minutes; null: never.")
    last_used_address: str | None = column("From where; null if that is not known.")
    current: bool = batched(is_current_token, viewer=True, description="Whether it is the one by which you ask.")
    user: AUser | None = batched(pointed_to(User, "user_id"), description="Its owner, if that is a person.")
    service_account: AServiceAccount | None = batched(
        pointed_to(access.ServiceAccount, "service_account_id"), description="Its owner, if that is a service account."
    )

    is_type_of = is_row_of(access.AccessToken)
