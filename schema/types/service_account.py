"""Service accounts."""

from datetime import datetime

import strawberry

from models import access
from models.words import AccessRole
from resolvers.access import clients_of_accounts, tokens_of_accounts
from resolvers.fields import batched, column
from schema.lazy import AnOAuthClient, AToken
from schema.node import Node, identity, is_row_of


@strawberry.type(description="Who a script or bot is. Its tokens and clients never reach further than it does.")
class ServiceAccount(Node):
    id: strawberry.ID = identity("ServiceAccount")
    name: str = column("What it is called.")
    access_role: AccessRole = column("What it may do in Muster.")
    issuer: str | None = column("The issuer whose access tokens count as its own.")
    subject: str | None = column("What that issuer calls it.")
    created_at: datetime = column("When it was made.")
    archived: bool = column("Whether it is out of use: all of its tokens and clients have ended.")
    tokens: list[AToken] = batched(tokens_of_accounts, description="Its tokens that are still good, the newest first.")
    oauth_clients: list[AnOAuthClient] = batched(
        clients_of_accounts, description="Its OAuth clients that were not revoked, the newest first."
    )

    is_type_of = is_row_of(access.ServiceAccount)
