"""Roles in an incident, and the duties of each."""

from collections.abc import Sequence
from typing import Any

from actions.catalogue.roles import save_role
from console.desk import Desk
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from models.role import Role
from resolvers import catalogue

SHOWN = 160
"""Characters of the duties that a list shows."""


async def _cells(_: Desk, rows: Sequence[Any]) -> list[Cells]:
    return [(row.duties if len(row.duties) <= SHOWN else row.duties[: SHOWN - 1] + "…",) for row in rows]


_FIELDS = (
    Field("name", "Name", "As it stands on the incident's page.", required=True),
    Field("key", "Key", "How scripts and events call it: a-z, 0-9, hyphens and underscores. It stays for ever.",
          required=True, once=True),
    Field("duties", "Duties", "What whoever takes it is to do, in words that help at three in the morning. They"
          " stand beside the name while the incident runs.", Kind.TEXT, required=True, rows=8),
)  # fmt: skip

ROLES = Ledger(
    area="roles",
    noun="role",
    node="Role",
    model=Role,
    rows=catalogue.roles,
    headings=("Duties",),
    cells=_cells,
    save=Act("saveRole", save_role),
    fields=_FIELDS,
    empty="No roles. Add one, so that somebody leads.",
    parting="Nobody can take it any more; who held it stays on record. A severity that requires it keeps it.",
)
