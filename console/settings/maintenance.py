"""Planned work: planning it, changing the plan, its steps, and what customers are told of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.maintenance.edits import edit_maintenance
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.steps import cancel_maintenance, complete_maintenance, start_maintenance
from actions.maintenance.words import publish_maintenance_update
from auth.permission import require
from console.desk import Desk, view
from console.fields import Fields
from console.posting import Refused, do, posted, to
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.form import CLOSED, confirmed
from console.settings.keeping import Keeping
from console.settings.ledger import Act, Cells, Ledger
from core.errors import DomainError
from models.maintenance import Maintenance
from models.words import MaintenanceState
from resolvers import maintenance
from resolvers.context import Context

STATES = {
    MaintenanceState.SCHEDULED: "Planned",
    MaintenanceState.IN_PROGRESS: "Under way",
    MaintenanceState.VERIFYING: "Being verified",
    MaintenanceState.COMPLETED: "Completed",
    MaintenanceState.CANCELLED: "Cancelled",
}
NEWEST = 100
"""How many works the list shows."""


async def _rows(ctx: Context) -> Sequence[Any]:
    return (await maintenance.maintenances(ctx, first=NEWEST)).nodes


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    t = await desk.times()
    taken = await maintenance.components(desk.ctx, rows)
    return [
        (row.reference, STATES[row.state], t.clock(row.starts_at), t.since(row.starts_at, row.ends_at), _names(those))
        for row, those in zip(rows, taken, strict=True)
    ]


def _names(components: Sequence[Any]) -> str:
    return ", ".join(component.name for component in components)


async def _values(ctx: Context, row: Any) -> Mapping[str, Any]:
    (taken,) = await maintenance.components(ctx, [row])
    return {"components": [choices.component_id(each) for each in taken]}


async def _more(desk: Desk, row: Any) -> Mapping[str, Any]:
    (updates,) = await maintenance.updates(desk.ctx, [row], last=25)
    return {"updates": updates.nodes, "state": STATES[row.state], "locked": not row.pending}


_FIELDS = (
    Field("title", "Title", "Public at once, as is the text.", required=True),
    Field("body", "What customers will notice", "Markdown.", Kind.TEXT, required=True, rows=6),
    Field("starts_at", "Starts", "In your time zone; the footer names it.", Kind.MOMENT, required=True),
    Field("ends_at", "Ends", "At most 30 days later.", Kind.MOMENT, required=True),
    Field("components", "Components", "They are under maintenance while it runs.", Kind.SEVERAL, required=True,
          choices=choices.components),
    Field("auto_start", "Begins by itself", "At its start. Otherwise somebody starts it by hand.", Kind.FLAG,
          start=True),
    Field("auto_end", "Ends by itself", "At its end. Otherwise somebody completes it by hand.", Kind.FLAG,
          start=True),
    Field("remind_minutes", "Remind subscribers before", "Minutes before the start, at most 14 days. Empty: no"
          " reminder.", Kind.NUMBER),
    Field("notify", "Tell subscribers of its steps", kind=Kind.FLAG, start=True),
    Field("quiet_alerts", "Keep alerts quiet while it runs", "Those of the services that its components belong to make"
          " no incident; what still fires at its end is routed as new.", Kind.FLAG, start=True),
    Field("allow_overlap", "It may overlap other work", "On the same components at the same time.", Kind.FLAG,
          fact=False),
    Field("already_done", "It is over already", "For the record: nobody is told.", Kind.FLAG, start=False,
          once=True, fact=False),
)  # fmt: skip

MAINTENANCE = Ledger(
    area="maintenance",
    noun="planned work",
    node="Maintenance",
    model=Maintenance,
    rows=_rows,
    headings=("Reference", "State", "Starts", "Takes", "Components"),
    cells=_cells,
    values=_values,
    title=lambda row: str(row.title),
    versioned=True,
    archives=False,
    create=Act("scheduleMaintenance", schedule_maintenance),
    save=Act("editMaintenance", edit_maintenance, names="maintenance"),
    fields=_FIELDS,
    then="Customers see it at once.",
    empty="Nothing is planned. Work that is announced is forgiven; plan it here, and the public page, calendars and"
    " subscribers know of it.",
    template="settings/maintenance.html",
    more=_more,
)


class MaintenancePages(Keeping):
    """The pages of planned work: also its steps, each with words for customers if there are any to say."""

    async def step(self, desk: Desk, fields: Fields) -> Response:
        """Start, complete or cancel it, or publish an update."""
        require(desk.actor, self.area.permission)
        row, form = await self.row(desk), desk.path.rpartition("/")[2]
        mutation, action = STEPS[form]
        given: dict[str, Any] = {"maintenance": self.ledger.reference(row), "body": fields.optional("body")}
        try:
            if form == "cancel":
                confirmed(fields, row.title)
            if form == "update":
                given["body"] = fields.text("body")
            await do(desk, fields, mutation, action, **given)
        except DomainError as error:
            if error.code in CLOSED:
                raise
            return await self.of_row(desk, await self.row(desk), Refused(form, fields, error))
        return to(f"{self.area.path}/{self.ledger.reference(row)}?done=sent")

    def routes(self) -> list[BaseRoute]:
        """Those of a list, and the steps."""
        one = f"{self.area.path}/{{id}}"
        made: list[BaseRoute] = [Route(f"{one}/{name}", posted(self.step), methods=["POST"]) for name in STEPS]
        return [*super().routes(), *made, *(Route(f"{one}/{name}", view(self.back)) for name in STEPS)]


STEPS: dict[str, tuple[str, Any]] = {
    "start": ("startMaintenance", start_maintenance),
    "complete": ("completeMaintenance", complete_maintenance),
    "cancel": ("cancelMaintenance", cancel_maintenance),
    "update": ("publishMaintenanceUpdate", publish_maintenance_update),
}
