"""Routing rules: which alerts become incidents."""

from collections.abc import Sequence
from typing import Any

from actions.alerts.routing import WAITING
from actions.alerts.rules import delete_routing_rule, save_routing_rule
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from core.errors import invalid
from core.ids import encode
from models.alert import RoutingRule
from models.service import Service
from models.words import CreateIncident, EndIncident
from resolvers import alerts
from resolvers.context import Context
from resolvers.mutations.perform import Given, of_input
from resolvers.rows import by_key

BECOMES = {
    CreateIncident.ALWAYS: "Become an incident",
    CreateIncident.AFTER_ALERTS: "Become an incident once there are enough alerts",
    CreateIncident.AFTER_SOURCES: "Become an incident once enough monitors say so",
    CreateIncident.ASK: "Have whoever is on call asked whether they are an incident",
    CreateIncident.NEVER: "Are kept, and nothing more",
}
ENDS = {
    EndIncident.NEVER: "Never: people end it",
    EndIncident.FIRST: "When the first of its alerts ends",
    EndIncident.LAST: "When the alert ends that came last",
    EndIncident.ALL: "When all its alerts have ended",
}
OVER = {
    EndIncident.FIRST: "; it ends with the first of its alerts",
    EndIncident.LAST: "; it ends with the last alert that came",
    EndIncident.ALL: "; it ends with all of its alerts",
}
"""The same in a line of the list."""


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    services = await by_key(desk.ctx, Service, (row.service_id for row in rows))
    severities = await alerts.severity_of_rules(desk.ctx, rows)
    return [
        (
            _which(row),
            services[row.service_id].name if row.service_id in services else "",
            severity.name if severity else "",
            fate_of(row),
        )
        for row, severity in zip(rows, severities, strict=True)
    ]


def _which(row: Any) -> str:
    said = [f"{label} {wanted}" for label, wanted in row.matchers.items()]
    return ", ".join([*said, row.condition] if row.condition else said) or "Every alert"


def fate_of(rule: Any) -> str:
    """What becomes of a rule's alerts, in a few words."""
    if rule.drop_reason is not None:
        return f"Are dropped: {rule.drop_reason}"
    said = BECOMES[rule.create_incident]
    if rule.create_incident in WAITING:
        what = "alerts" if rule.create_incident is CreateIncident.AFTER_ALERTS else "monitors"
        said = f"Become an incident after {rule.threshold} {what} in {rule.threshold_minutes} min"
    if rule.create_incident is CreateIncident.ASK:
        said = f"Have whoever is on call asked, and become an incident after {rule.ask_minutes} min without an answer"
    elif rule.page_policy_id is not None:
        said = "Page people, without an incident"
    if rule.join_open:
        said = f"Join an open incident; else: {said[0].lower()}{said[1:]}"
    together = f", by {', '.join(rule.group_by)}" if rule.group_by else ""
    return f"{said}{together}{OVER.get(rule.end_incident, '')}"


async def _values(_: Context, row: Any) -> dict[str, Any]:
    return {
        "matchers": [{"label": label, "wanted": wanted} for label, wanted in row.matchers.items()],
        "service": encode("Service", row.service_id) if row.service_id else None,
        "severity": encode("Severity", row.severity_id) if row.severity_id else None,
        "page": encode("EscalationPolicy", row.page_policy_id) if row.page_policy_id else None,
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


WHICH, WHAT, TOGETHER = "Which alerts", "What becomes of them", "How they come together, and end"
CONDITION = (
    'What labels alone do not say, in CEL: labels.team == "web" && title.contains("disk"), or labels.cluster in'
    ' ["eu-1", "eu-2"]. There are labels, annotations, title, source, service and url. What can not be told, because a'
    " label is missing, does not hold. Empty: no condition."
)

_FIELDS = (
    Field("name", "Name", "What it is for: “Checkout, critical”.", required=True),
    Field("position", "Order", "Rules are tried from the smallest number on; the first that matches counts. Empty"
          " for a new rule: after all others.", Kind.NUMBER),
    Field("matchers", "Labels", f"{LABELS} None at all match every alert.", Kind.TABLE,
          row=_matcher, keyed=("label", "wanted"), part_of=WHICH, parts=(
              Field("label", "Label", required=True), Field("wanted", "Must be", required=True))),
    Field("condition", "Condition", CONDITION, Kind.TEXT, rows=2, part_of=WHICH),
    Field("service", "They are of the service", "The incident then touches it.", Kind.CHOICE,
          choices=choices.services, blank="None", part_of=WHAT),
    Field("severity", "They suggest the severity", "Whoever declares the incident decides.", Kind.CHOICE,
          choices=choices.severities, blank="None", part_of=WHAT),
    Field("create_incident", "These alerts", "What becomes of alerts that match.", Kind.CHOICE, required=True,
          choices=choices.words(BECOMES), of=CreateIncident, start=CreateIncident.ALWAYS, part_of=WHAT),
    Field("threshold", "How many are enough", "Alerts, or monitors: 3. Only for “once” above.", Kind.NUMBER,
          part_of=WHAT),
    Field("threshold_minutes", "Within how many minutes", "They must come within this time: 10.", Kind.NUMBER,
          part_of=WHAT),
    Field("page", "Page by the escalation policy", "Who is paged for alerts that are kept and nothing more; who is"
          " asked, if not by the policy of the service. The severity above says whether loudly.", Kind.CHOICE,
          choices=choices.policies, blank="Nobody, or as the service has it", part_of=WHAT),
    Field("ask_minutes", "Unanswered, an incident after minutes", "For “asked” above: 15.", Kind.NUMBER, part_of=WHAT),
    Field("join_open", "They rather join an open incident of their service", "If there is one, no new one is made.",
          Kind.FLAG, start=False, part_of=WHAT),
    Field("join_upstream", "Also one of what their service depends on", "The nearest, at most three steps away.",
          Kind.FLAG, start=False, part_of=WHAT),
    Field("drop_reason", "Drop them as noise, because", "They are kept as suppressed with this reason, and make no"
          " incident: “Known, fixed in May.” Empty: they are not dropped.", part_of=WHAT),
    Field("group_by", "Come together by the labels", "One in each line: cluster, alertname. Alerts with the same texts"
          " there belong to one incident, from whatever monitor. Empty: as monitors group them.", Kind.LINES, rows=2,
          part_of=TOGETHER),
    Field("group_minutes", "Join within minutes", "So long after the last of them another one joins.", Kind.NUMBER,
          required=True, start=60, part_of=TOGETHER),
    Field("end_incident", "Their incident ends by itself", "One that nobody declared is declined; one under response"
          " goes to resolution.", Kind.CHOICE, required=True, choices=choices.words(ENDS), of=EndIncident,
          start=EndIncident.NEVER, part_of=TOGETHER),
    Field("flap_changes", "An alert flaps that changes more often than", "It then pages once, and stays one entry of"
          " its incident until it is calm. 0: none flaps.", Kind.NUMBER, required=True, start=5, part_of=TOGETHER),
    Field("flap_minutes", "Within minutes", "So long these changes are counted.", Kind.NUMBER, required=True, start=60,
          part_of=TOGETHER),
)  # fmt: skip

ROUTING = Ledger(
    area="routing",
    noun="rule",
    node="RoutingRule",
    model=RoutingRule,
    rows=alerts.routing_rules,
    headings=("Alerts with", "Service", "Severity", "They"),
    cells=_cells,
    values=_values,
    given=labelled,
    save=Act("saveRoutingRule", save_routing_rule),
    remove=Act("deleteRoutingRule", delete_routing_rule, of_input("id")),
    fields=_FIELDS,
    then="Alerts that arrive from now on are routed by it.",
    plain=True,
    form="settings/routing_new.html",
    template="settings/routing_rule.html",
    empty="No rules yet: alerts are kept, and become no incidents. One rule without labels makes an incident of each"
    " group of alerts.",
    parting="Alerts that it matched go on to the rules after it. What it routed stays as it is.",
)
