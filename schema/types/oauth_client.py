"""OAuth clients."""

from datetime import datetime

import strawberry

from models import access
from models.words import AccessRole
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AServiceAccount
from schema.node import Node, identity, is_row_of


@strawberry.type(
    description="A program that fetches tokens of a service account from `/oauth/token` with its secret, each good for"
    " an hour (OAuth 2.0 client credentials). Its secret is never shown again."
)
class OAuthClient(Node):
    id: strawberry.ID = identity("OAuthClient")
    client_id: str = column("The name by which it asks for tokens; no secret.")
    name: str = column("What it is for.")
    access_role: AccessRole = column("What its tokens may do at most.")
    scopes: list[str] | None = column("What of that they are narrowed to; null: to nothing less than its role.")
    networks: list[str] | None = column("The networks that it and its tokens may be used from; null: anywhere.")
    created_at: datetime = column("When it was made.")
    last_used_at: datetime | None = column("When it last fetched a token; null: never.")
    revoked_at: datetime | None = column("When it was ended, and its tokens with it; null: it was not.")
    service_account: AServiceAccount | None = batched(
        pointed_to(access.ServiceAccount, "service_account_id"), description="Whose tokens it fetches."
    )

    is_type_of = is_row_of(access.OAuthClient)
