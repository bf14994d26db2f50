"""Service accounts: who scripts and bots are."""

from collections.abc import Sequence
from typing import Any

from actions.service_accounts import create_service_account, save_service_account
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from models.access import ServiceAccount
from models.words import AccessRole
from resolvers import access

ROLES = {
    AccessRole.VIEWER: "Viewer: reads",
    AccessRole.RESPONDER: "Responder: works on incidents",
    AccessRole.MANAGER: "Manager: keeps the catalogue, plans work, publishes postmortems",
    AccessRole.ADMIN: "Admin: everything",
}
"""Access roles in words."""


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    tokens = await access.tokens_of_accounts(desk.ctx, rows)
    clients = await access.clients_of_accounts(desk.ctx, rows)
    return [
        (row.access_role.capitalize(), len(good), len(those))
        for row, good, those in zip(rows, tokens, clients, strict=True)
    ]


_FIELDS = (
    Field("name", "Name", "What timelines say did it: “Deploy bot”.", required=True),
    Field("access_role", "May do", "Its tokens and clients never reach beyond this.", Kind.CHOICE, required=True,
          choices=choices.words(ROLES), of=AccessRole, start=AccessRole.RESPONDER),
    Field("issuer", "Issuer", "Only where another system vouches for it: the “iss” of its access tokens, exactly.",
          once=True),
    Field("subject", "Subject", "With an issuer: the “sub” of its access tokens, exactly.", once=True),
)  # fmt: skip

SERVICE_ACCOUNTS = Ledger(
    area="service-accounts",
    noun="service account",
    node="ServiceAccount",
    model=ServiceAccount,
    rows=access.service_accounts,
    headings=("May do", "Tokens", "OAuth clients"),
    cells=_cells,
    create=Act("createServiceAccount", create_service_account),
    save=Act("saveServiceAccount", save_service_account),
    fields=_FIELDS,
    empty="No service accounts yet. A script or bot acts as one, so that the record says which it was.",
    parting="Its tokens and OAuth clients end at once. What it did stays on record.",
)
