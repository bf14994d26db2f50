"""Services: what teams run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.catalogue.services import save_service
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from console.settings.teams import SLUG
from core.ids import encode
from models.person import Team
from models.service import Service
from resolvers import catalogue, monitors
from resolvers.context import Context
from resolvers.rows import by_key


@dataclass(frozen=True, slots=True)
class Metric:
    """A curve that postmortems show of the service."""

    integration: str
    name: str
    query: str
    unit: str


def _metric(integration: str | None, name: str | None, query: str | None, unit: str | None) -> Metric:
    return Metric(integration or "", name or "", query or "", unit or "")


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    owners = await by_key(desk.ctx, Team, (row.owner_id for row in rows))
    carried = await catalogue.components_of_services(desk.ctx, rows)
    return [
        (
            owners[row.owner_id].name if row.owner_id in owners else "Nobody",
            ", ".join(component.name for component in those),
            row.runbook_url or "",
        )
        for row, those in zip(rows, carried, strict=True)
    ]


async def _values(ctx: Context, row: Any) -> Mapping[str, Any]:
    (carried,) = await catalogue.components_of_services(ctx, [row])
    (needed,) = await catalogue.dependencies_of_services(ctx, [row])
    (curves,) = await monitors.of_services(ctx, [row])
    return {
        "owner": encode("Team", row.owner_id) if row.owner_id else None,
        "escalation_policy": encode("EscalationPolicy", row.escalation_policy_id) if row.escalation_policy_id else None,
        "depends_on": [encode("Service", each.id) for each in needed],
        "components": [choices.component_id(each) for each in carried],
        "metrics": [
            {
                "integration": encode("Integration", each.integration_id),
                "name": each.name,
                "query": each.query,
                "unit": each.unit,
            }
            for each in curves
        ],
    }


_FIELDS = (
    Field("name", "Name", "How engineers call it.", required=True),
    Field("slug", "Short name", SLUG, required=True),
    Field("owner", "Owner", "The team that answers for it: its action items go there.", Kind.CHOICE,
          choices=choices.teams, blank="Nobody"),
    Field("components", "Components", "What customers miss when the service is down. An update about the service"
          " suggests these.", Kind.SEVERAL, choices=choices.components),
    Field("depends_on", "Depends on", "What it needs to work. Routing rules may let its alerts join an open incident"
          " there, and the page of its incident tells how these stand.", Kind.SEVERAL, choices=choices.services),
    Field("escalation_policy", "Escalation policy", "Who is paged for its incidents.", Kind.CHOICE,
          choices=choices.policies, blank="The one to fall back to"),
    Field("runbook_url", "Runbook elsewhere", "The address of a page in your wiki. Runbooks that Muster keeps name"
          " their service themselves.", input_type="url"),
    Field("metrics", "Curves for postmortems", "What is asked of a monitor when an incident of the service is"
          " written up. Empty a row to take it away.", Kind.TABLE, row=_metric, parts=(
              Field("integration", "Monitor", kind=Kind.CHOICE, choices=choices.integrations),
              Field("name", "Name"), Field("query", "Query"), Field("unit", "Unit"))),
)  # fmt: skip

SERVICES = Ledger(
    area="services",
    noun="service",
    node="Service",
    model=Service,
    rows=catalogue.services,
    headings=("Owner", "Components", "Runbook"),
    cells=_cells,
    values=_values,
    save=Act("saveService", save_service),
    fields=_FIELDS,
    empty="No services yet. Incidents name the services that they touch; the owner, the runbook and the components"
    " follow from that.",
    parting="New incidents can't name it. A routing rule that still does keeps it from being archived.",
)
