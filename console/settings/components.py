"""Components: the parts of the product that customers know by name."""

from collections.abc import Sequence
from typing import Any

from actions.catalogue.components import save_component
from console.desk import Desk
from console.settings import choices
from console.settings.choices import STATUSES
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from models.service import Component
from models.words import ComponentStatus
from resolvers import catalogue


async def _cells(_: Desk, rows: Sequence[Any]) -> list[Cells]:
    return [(row.group or "", row.position, STATUSES[row.status], STATUSES[row.manual_status]) for row in rows]


async def _values(_: Any, row: Any) -> dict[str, Any]:
    return {"status": row.manual_status}


_FIELDS = (
    Field("name", "Name", "As customers know it: “Checkout”, not “checkout-api-v2”.", required=True),
    Field("group", "Group", "The heading under which the page shows it. Empty: none."),
    Field("position", "Place", "Smaller numbers stand further up, 0 on top.", Kind.NUMBER, required=True, start=0),
    Field("description", "Description", "A line for customers: what it is for."),
    Field("status", "State set by hand",
          "What customers see is the worst of this, of open public incidents, and of maintenance. Leave it"
          " operational unless no incident says so for you.", Kind.CHOICE, required=True,
          choices=choices.words(STATUSES), of=ComponentStatus, start=ComponentStatus.OPERATIONAL),
)  # fmt: skip

COMPONENTS = Ledger(
    area="components",
    noun="component",
    node="Component",
    model=Component,
    rows=catalogue.components,
    headings=("Group", "Place", "Customers see", "Set by hand"),
    cells=_cells,
    values=_values,
    save=Act("saveComponent", save_component),
    fields=_FIELDS,
    then="Customers see it at once.",
    empty="No components yet. The status page shows each with its state and its past; begin with the two or three that"
    " customers ask about.",
    parting="Customers no longer see it. Its past stays in the record.",
)
