"""Severities and what each obliges to. Every change is a new version: incidents keep the one that they have."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.catalogue.severities import Demands, save_severity
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from core.ids import encode
from models.severity import SeverityVersion
from models.words import PagingScope
from resolvers import catalogue
from resolvers.context import Context
from resolvers.mutations.perform import Given, of_severity

PAGED = {
    PagingScope.ALL_HANDS: "All hands",
    PagingScope.ON_CALL: "Whoever is on call",
    PagingScope.NOBODY: "Nobody",
}
OWED = "obligations-"
MINUTES, DAYS = "Minutes. Empty: not owed.", "Days. Empty: not owed."


async def _cells(_: Desk, rows: Sequence[Any]) -> list[Cells]:
    return [(row.rank, row.definition, PAGED[row.pages], row.version) for row in rows]


async def _one(ctx: Context, key: int) -> Any:
    return (await catalogue.current_severities(ctx, [key]))[0]


async def _values(_: Context, row: Any) -> Mapping[str, Any]:
    owed = {field.name: getattr(row, field.name.removeprefix(OWED), None) for field in _OBLIGATIONS}
    return {**owed, f"{OWED}required_roles": [encode("Role", key) for key in row.required_role_ids]}


def _given(read: Given) -> Given:
    owed = {name.removeprefix(OWED): value for name, value in read.items() if name.startswith(OWED)}
    return {
        **{name: value for name, value in read.items() if not name.startswith(OWED)},
        "obligations": Demands(**owed),
    }


def _length(name: str, label: str, hint: str, part_of: str) -> Field:
    return Field(f"{OWED}{name}", label, hint, Kind.NUMBER, part_of=part_of)


WHO, SPEAK, LEARN = "Who is called", "How often you speak", "What you learn afterwards"
_OBLIGATIONS = (
    Field(f"{OWED}pages", "Who is paged", "Asked of your pager when an incident is declared.", Kind.CHOICE,
          required=True, choices=choices.words(PAGED), of=PagingScope, start=PagingScope.ON_CALL, part_of=WHO),
    Field(f"{OWED}business_hours_only", "It can wait for business hours", "Nobody is woken.", Kind.FLAG, part_of=WHO),
    Field(f"{OWED}required_roles", "Roles that must be filled", "The page of the incident says what is missing.",
          Kind.SEVERAL, choices=choices.roles, part_of=WHO),
    _length("fill_roles_within_minutes", "Filled within", f"Counted from the declaration. {MINUTES}", WHO),
    _length("internal_cadence_minutes", "Internal update every", f"Stakeholders hear at least so often. {MINUTES}",
            SPEAK),
    _length("public_cadence_minutes", "Public update every", f"Customers hear at least so often. {MINUTES}", SPEAK),
    Field(f"{OWED}postmortem_required", "A postmortem is required", "Whoever resolves the incident then owes one.",
          Kind.FLAG, part_of=LEARN),
    _length("postmortem_due_days", "Postmortem due after", f"Counted from the resolution. {DAYS}", LEARN),
    _length("action_item_assign_days", "Action items assigned after",
            f"Counted from the day it was added: by then it is to be somebody's. {DAYS}", LEARN),
    _length("action_item_due_days", "Action items due after",
            f"Counted from the day it was added, for items without a day of their own. {DAYS}", LEARN),
    _length("action_item_escalate_days", "Overdue items are told to the manager after",
            f"The manager of the team that owes it. {DAYS}", LEARN),
)  # fmt: skip

_FIELDS = (
    Field("name", "Name", "Short, as people say it: SEV1.", required=True),
    Field("rank", "Rank", "1 is the worst. No two severities in use have the same.", Kind.NUMBER, required=True),
    Field("definition", "Definition", "What customers notice when it is this bad. Read while declaring, in a"
          " hurry: one or two sentences.", Kind.TEXT, required=True),
    Field("examples", "Examples", "One in each line, at most 20.", Kind.LINES),
    *_OBLIGATIONS,
)  # fmt: skip

SEVERITIES = Ledger(
    area="severities",
    noun="severity",
    node="Severity",
    model=SeverityVersion,
    rows=catalogue.severities,
    headings=("Rank", "Definition", "Pages", "Version"),
    cells=_cells,
    find=_one,
    key_of=lambda row: int(row.severity_id),
    values=_values,
    given=_given,
    versioned=True,
    save=Act("saveSeverity", save_severity, of_severity),
    fields=_FIELDS,
    then="This makes a new version. It touches incidents that are declared, or changed to this severity, from now on;"
    " all others keep the version that they have.",
    empty="No severities. Add one, so that incidents can be declared.",
    parting="Nothing can be declared with it any more. Incidents that have it keep it, with all that it obliges to.",
)
