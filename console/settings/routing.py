"""Routing rules: which alerts become incidents."""

from collections.abc import Sequence
from typing import Any

from actions.alerts.rules import delete_routing_rule, save_routing_rule
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from core.errors import invalid
from core.ids import encode
from models.alert import RoutingRule
from models.service import Service
from models.words import CreateIncident
from resolvers import alerts
from resolvers.context import Context
from resolvers.mutations.perform import Given, of_input
from resolvers.rows import by_key

BECOMES = {CreateIncident.ALWAYS: "Become an incident", CreateIncident.NEVER: "Are kept, and nothing more"}


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    services = await by_key(desk.ctx, Service, (row.service_id for row in rows))
    severities = await alerts.severity_of_rules(desk.ctx, rows)
    return [
        (
            row.position,
            ", ".join(f"{label} {wanted}" for label, wanted in row.matchers.items()) or "Every alert",
            services[row.service_id].name if row.service_id in services else "",
            severity.name if severity else "",
            BECOMES[row.create_incident],
        )
        for row, severity in zip(rows, severities, strict=True)
    ]


async def _values(_: Context, row: Any) -> dict[str, Any]:
    return {
        "matchers": [{"label": label, "wanted": wanted} for label, wanted in row.matchers.items()],
        "service": encode("Service", row.service_id) if row.service_id else None,
        "severity": encode("Severity", row.severity_id) if row.severity_id else None,
    }


def labelled(read: Given) -> Given:
    """What was read, with its table of labels as the object that actions take. INVALID_INPUT for one that is twice."""
    matchers: dict[str, str] = {}
    for label, wanted in read["matchers"]:
        if label in matchers:
            raise invalid("matchers", f"The label {label[:80]!r} is there twice.", "Put both into one: =~one|other.")
        matchers[label] = wanted
    return {**read, "matchers": matchers}


LABELS = (
    "All must hold. What a label must be: “critical” is equal, “!=critical” is not equal, “=~api|web.*” is a regular"
    " expression for all of it, “!~…” is none."
)


def _matcher(label: str, wanted: str) -> tuple[str, str]:
    return label, wanted


_FIELDS = (
    Field("name", "Name", "What it is for: “Checkout, critical”.", required=True),
    Field("position", "Order", "Rules are tried from the smallest number on; the first that matches counts. Empty"
          " for a new rule: after all others.", Kind.NUMBER),
    Field("matchers", "Alerts with these labels", f"{LABELS} None at all match every alert.", Kind.TABLE,
          row=_matcher, keyed=("label", "wanted"), parts=(
              Field("label", "Label", required=True), Field("wanted", "Must be", required=True))),
    Field("service", "Are of the service", "The incident then touches it.", Kind.CHOICE, choices=choices.services,
          blank="None"),
    Field("severity", "Suggest the severity", "Whoever declares the incident decides.", Kind.CHOICE,
          choices=choices.severities, blank="None"),
    Field("create_incident", "They", "What becomes of alerts that match.", Kind.CHOICE, required=True,
          choices=choices.words(BECOMES), of=CreateIncident, start=CreateIncident.ALWAYS),
)  # fmt: skip

ROUTING = Ledger(
    area="routing",
    noun="rule",
    node="RoutingRule",
    model=RoutingRule,
    rows=alerts.routing_rules,
    headings=("Order", "Alerts with", "Service", "Severity", "They"),
    cells=_cells,
    values=_values,
    given=labelled,
    save=Act("saveRoutingRule", save_routing_rule),
    remove=Act("deleteRoutingRule", delete_routing_rule, of_input("id")),
    fields=_FIELDS,
    then="Alerts that arrive from now on are routed by it.",
    empty="No rules yet: alerts are kept, and become no incidents. One rule without labels makes an incident of each"
    " group of alerts.",
    parting="Alerts that it matched go on to the rules after it. What it routed stays as it is.",
)
