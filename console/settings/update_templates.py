"""Templates of updates: words that were found in peace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.templates.saving import save_update_template
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from models.update_template import UpdateTemplate
from models.words import Audience, PublicStatus, TemplateUse
from resolvers import previews

USES = {TemplateUse.INCIDENT: "Updates of incidents", TemplateUse.MAINTENANCE: "Planned work"}
AUDIENCES = {Audience.PUBLIC: "Customers", Audience.INTERNAL: "Colleagues"}
STATUSES = {
    PublicStatus.INVESTIGATING: "Investigating",
    PublicStatus.IDENTIFIED: "Identified",
    PublicStatus.MONITORING: "Monitoring",
    PublicStatus.RESOLVED: "Resolved",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """What whoever uses the template fills in."""

    name: str
    label: str
    default: str | None = None


async def _cells(_: Desk, rows: Sequence[Any]) -> list[Cells]:
    return [(USES[row.use], AUDIENCES[row.audience], STATUSES[row.status] if row.status else "") for row in rows]


_FIELDS = (
    Field("name", "Name", "How whoever writes an update finds it.", required=True),
    Field("use", "For", "It decides which names the text may use.", Kind.CHOICE, required=True, once=True,
          choices=choices.words(USES), of=TemplateUse, start=TemplateUse.INCIDENT),
    Field("audience", "Read by", "All of planned work is for customers.", Kind.CHOICE, required=True,
          choices=choices.words(AUDIENCES), of=Audience, start=Audience.PUBLIC),
    Field("status", "Says of the incident", "What the update declares.", Kind.CHOICE, of=PublicStatus,
          choices=choices.words(STATUSES), blank="Whoever publishes chooses"),
    Field("title", "Public title", "A pattern such as “Disruption of {{ component_names }}”. Empty: as the incident"
          " has it."),
    Field("body", "Text", "A pattern: {{ incident.reference }}, {{ component_names }}, {{ next_update_by }}, and"
          " the names below stand for what is true then; {% if … %} and {% for component in components %} work.",
          Kind.TEXT, required=True, rows=8),
    Field("variables", "What is filled in", "Asked of whoever uses it. Without a default something must be written."
          " Empty a row to take it away.", Kind.TABLE, row=Variable, parts=(
              Field("name", "Name in the text", required=True), Field("label", "Question", required=True),
              Field("default", "Default"))),
)  # fmt: skip

UPDATE_TEMPLATES = Ledger(
    area="update-templates",
    noun="template",
    node="UpdateTemplate",
    model=UpdateTemplate,
    rows=previews.update_templates,
    headings=("For", "Read by", "Says"),
    cells=_cells,
    versioned=True,
    save=Act("saveUpdateTemplate", save_update_template),
    fields=_FIELDS,
    empty="No templates yet. The first update of an incident is written in a hurry; here its words are prepared.",
    parting="It is no longer offered. What was published with it stays.",
)
