"""What people and admins say about credentials: tokens, service accounts, sign-in links, sessions."""

from datetime import datetime

import strawberry

from models.words import AccessRole
from schema.inputs.given import ARCHIVED, Repeatable, default, needed, optional


@strawberry.input(description="A new service account. Needs the permission to administer people.")
class CreateServiceAccountInput(Repeatable):
    name: str = needed("What the script or bot is called, in at most 120 characters.")
    access_role: AccessRole = needed("What it may do in Muster; its tokens may do no more.")
    issuer: str | None = default(
        None, "An issuer of MUSTER_JWT_ISSUERS whose access tokens (RFC 9068) count as this account's; with `subject`."
    )
    subject: str | None = default(None, "The `sub` of those tokens.")


@strawberry.input(description="A change of a service account. What is left out stays.")
class SaveServiceAccountInput(Repeatable):
    id: strawberry.ID = needed("Which one.")
    name: str | None = optional("Its name, in at most 120 characters.")
    access_role: AccessRole | None = optional("What it may do. Tokens that say more are held to it at once.")
    archived: bool | None = optional(ARCHIVED + " Its tokens and clients end when it is archived, and don't come back.")


@strawberry.input(
    description="A new token: your own, or that of a service account. It never reaches further than its owner, or than"
    " the credential by which you make it: what is left out is as that has it. FORBIDDEN for more."
)
class CreateTokenInput(Repeatable):
    service_account: strawberry.ID | None = default(
        None, "Whose it is. Needs the permission to administer people. Null: your own."
    )
    name: str = needed("What it is for, in at most 120 characters.")
    access_role: AccessRole = needed("What it may do at most: no more than its owner.")
    scopes: list[str] | None = default(
        None,
        "What of that it is narrowed to: `incidents:read`, `incidents:write`, `updates:publish`, `alerts:write`,"
        " `postmortems:write`, `catalogue:write`, `maintenance:write`, `audit:read`, `admin:people`, `admin:settings`,"
        " `admin:*`. Null: all of its role.",
    )
    expires_at: datetime | None = default(
        None,
        "When it expires. Null: your own after 90 days, that of a service account never. Your own are good for 366 days"
        " at most.",
    )
    networks: list[str] | None = default(
        None, "The networks that it may be used from, such as `203.0.113.0/24`; at most 20. Null: anywhere."
    )
    documents: list[str] | None = default(
        None,
        "The only GraphQL documents that it may send: the SHA-256 of each text in hexadecimal digits, at most 500."
        " Null: any.",
    )


@strawberry.input(
    description="A new OAuth client of a service account, which fetches tokens from `/oauth/token`. They never reach"
    " further than the account, or than the credential by which you make it. Needs the permission to administer people."
)
class CreateOAuthClientInput(Repeatable):
    service_account: strawberry.ID = needed("Whose tokens it fetches.")
    name: str = needed("What it is for, in at most 120 characters.")
    access_role: AccessRole = needed("What its tokens may do at most: no more than the account.")
    scopes: list[str] | None = default(
        None, "What of that they are narrowed to, as for a token. Null: all of its role."
    )
    networks: list[str] | None = default(
        None, "The networks that it and its tokens may be used from, at most 20. Null: anywhere."
    )


@strawberry.input(description="An OAuth client that is to end at once. Needs the permission to administer people.")
class RevokeOAuthClientInput(Repeatable):
    client: strawberry.ID = needed("Which one.")


@strawberry.input(description="A token that is to be given a successor with the same bounds.")
class RotateTokenInput(Repeatable):
    token: strawberry.ID = needed("Your own, or with the permission to administer people that of a service account.")
    overlap_minutes: int = default(60, "For how long the old one is still good: 0 to 10,080 minutes (7 days).")


@strawberry.input(description="A token that is to end at once.")
class RevokeTokenInput(Repeatable):
    token: strawberry.ID = needed("Your own, or with the permission to administer people anybody's.")


@strawberry.input(description="A person who is to be let in with a link. Needs the permission to administer people.")
class CreateSignInLinkInput(Repeatable):
    user: strawberry.ID = needed("Who. Earlier links of theirs that were not used end.")


@strawberry.input(description="A browser session that is to end at once.")
class EndSessionInput(Repeatable):
    session: strawberry.ID = needed("Your own, or with the permission to administer people anybody's.")


@strawberry.input(description="Sign a person out everywhere.")
class EndSessionsInput(Repeatable):
    user: strawberry.ID = needed("Yourself, or with the permission to administer people anybody.")
