"""Browser sessions."""

from datetime import datetime

import strawberry

from models import access
from models.person import User
from resolvers.access import is_current_session
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A browser in which a person is signed in.")
class Session(Node):
    id: strawberry.ID = identity("Session")
    user: AUser = batched(pointed_to(User, "user_id"), description="Who is signed in.")
    provider: str | None = column("The identity provider that vouched for them; null: a one-time link.")
    address: str | None = column("From where it was last used; null if that is not known.")
    user_agent: str | None = column("What the browser calls itself.")
    created_at: datetime = column("When they signed in.")
    last_seen_at: datetime = column("When it was last used, to some minutes.")
    expires_at: datetime = column("When it ends, however much it is used.")
    revoked_at: datetime | None = column("When it was ended before its time; null: it was not.")
    current: bool = batched(is_current_session, viewer=True, description="Whether it is the one by which you ask.")

    is_type_of = is_row_of(access.BrowserSession)
