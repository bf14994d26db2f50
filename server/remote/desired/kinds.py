"""What `muster apply` knows: each kind of thing, its fields as files have them, and how the API reads and saves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind."""

    selection: str
    """How it is asked for."""
    type: type = str
    read: Callable[[Any], Any] = lambda value: value
    """From the answer to what a file says."""
    refers: str | None = None
    """The kind, or `Person`, whose keys it holds; alone, as a list, or as `obligations.required_roles` has them."""
    by_id: bool = False
    """Whether the API wants ids in place of those keys."""
    unordered: bool = False
    """Whether the order of a list of references means nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is found by a key, and saved by one mutation."""

    name: str
    key: str
    """The field that tells one from the others."""
    listing: str
    """The root field that lists all of them."""
    mutation: str
    payload: str
    fields: Mapping[str, Field]
    version: str | None = None
    """How to ask for what is passed as expectedVersion."""
    single: str | None = None
    """The root field that finds one by its key, where all of them at once would cost too much."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What names inside of a field are by themselves (`name`, or `above.name`): the same as if they were not there."""

    @property
    def query(self) -> str:
        """Asks for all of this kind; with `single` for one, by its key as `$ref`."""
        own = " ".join(each.selection for each in self.fields.values())
        asked = f"{{ id {self.version or ''} {own} }}"
        if self.single is not None:
            return f"query ($ref: String!) {{ {self.single}(ref: $ref) {asked} }}"
        return f"query {{ {self.listing} {asked} }}"

    @property
    def save(self) -> str:
        """Saves one."""
        type_ = f"{self.mutation[0].upper()}{self.mutation[1:]}Input"
        return f"mutation ($input: {type_}!) {{ {self.mutation}(input: $input) {{ {self.payload} {{ id }} }} }}"


def _by(name: str) -> Callable[[Any], Any]:
    return lambda value: None if value is None else value[name]


def _all_by(name: str) -> Callable[[Any], Any]:
    return lambda values: [value[name] for value in values]


def _obligations(value: Values) -> Values:
    return {**value, "requiredRoles": [role["key"] for role in value["requiredRoles"]]}


def _metrics(values: list[Values]) -> list[Values]:
    return [{**value, "integration": value["integration"]["key"]} for value in values]


TEXT = {name: Field(name) for name in ("slug", "key", "name", "title", "body", "description", "status", "audience")}
ARCHIVED = Field("archived", bool)
POSITION = Field("position", int)
FOR_SERVICE = Field("service { slug }", read=_by("slug"), refers="Service")
FOR_SEVERITY = Field("severity { name }", read=_by("name"), refers="Severity")

PERSON = Kind(
    *("Person", "email", "users", "saveUser", "user"),
    {
        "email": Field("email"),
        "name": TEXT["name"],
        "access_role": Field("accessRole"),
        "archived": ARCHIVED,
    },
)
TEAM = Kind(
    *("Team", "slug", "teams", "saveTeam", "team"),
    {
        "slug": TEXT["slug"],
        "name": TEXT["name"],
        "members": Field("members { email }", list, _all_by("email"), "Person", by_id=True, unordered=True),
        "manager": Field("manager { email }", str, _by("email"), "Person", by_id=True),
        "archived": ARCHIVED,
    },
)
ROLE = Kind(
    *("Role", "key", "roles", "saveRole", "role"),
    {"key": TEXT["key"], "name": TEXT["name"], "duties": Field("duties"), "archived": ARCHIVED},
)
SEVERITY = Kind(
    *("Severity", "name", "severities", "saveSeverity", "severity"),
    {
        "name": TEXT["name"],
        "rank": Field("rank", int),
        "definition": Field("definition"),
        "examples": Field("examples", list),
        "obligations": Field(
            "obligations { pages businessHoursOnly requiredRoles { key } fillRolesWithinMinutes internalCadenceMinutes"
            " publicCadenceMinutes postmortemRequired postmortemDueDays actionItemAssignDays actionItemDueDays"
            " actionItemEscalateDays }",
            dict,
            _obligations,
        ),
        "archived": ARCHIVED,
    },
    version="version",
    defaults={"business_hours_only": False},
)
COMPONENT = Kind(
    *("Component", "name", "components", "saveComponent", "component"),
    {
        "name": TEXT["name"],
        "group": Field("group"),
        "position": POSITION,
        "description": TEXT["description"],
        "archived": ARCHIVED,
    },
)
SERVICE = Kind(
    *("Service", "slug", "services", "saveService", "service"),
    {
        "slug": TEXT["slug"],
        "name": TEXT["name"],
        "owner": Field("owner { slug }", read=_by("slug"), refers="Team"),
        "escalation_policy": Field("escalationPolicy { name }", read=_by("name"), refers="EscalationPolicy"),
        "runbook_url": Field("runbookUrl"),
        "components": Field("components { name }", list, _all_by("name"), "Component", by_id=True, unordered=True),
        "depends_on": Field("dependsOn { slug }", list, _all_by("slug"), "Service", unordered=True),
        "metrics": Field("metrics { integration { key } name query unit }", list, _metrics),
        "archived": ARCHIVED,
    },
    defaults={"unit": ""},
)
RUNBOOK = Kind(
    *("Runbook", "name", "runbooks", "saveRunbook", "runbook"),
    {
        "name": TEXT["name"],
        "service": FOR_SERVICE,
        "severity": FOR_SEVERITY,
        "body": TEXT["body"],
        "archived": ARCHIVED,
    },
    version="version",
)
ROUTING_RULE = Kind(
    *("RoutingRule", "name", "routingRules", "saveRoutingRule", "rule"),
    {
        "name": TEXT["name"],
        "position": POSITION,
        "matchers": Field("matchers", dict),
        "service": FOR_SERVICE,
        "severity": FOR_SEVERITY,
        "create_incident": Field("createIncident"),
        "condition": Field("condition"),
        "group_by": Field("groupBy", list),
        "group_minutes": Field("groupMinutes", int),
        "threshold": Field("threshold", int),
        "threshold_minutes": Field("thresholdMinutes", int),
        "page": Field("page { name }", read=_by("name"), refers="EscalationPolicy"),
        "ask_minutes": Field("askMinutes", int),
        "join_open": Field("joinOpen", bool),
        "join_upstream": Field("joinUpstream", bool),
        "drop_reason": Field("dropReason"),
        "end_incident": Field("endIncident"),
        "flap_changes": Field("flapChanges", int),
        "flap_minutes": Field("flapMinutes", int),
    },
)
UPDATE_TEMPLATE = Kind(
    *("UpdateTemplate", "name", "updateTemplates", "saveUpdateTemplate", "template"),
    {
        "name": TEXT["name"],
        "use": Field("use"),
        "audience": TEXT["audience"],
        "status": TEXT["status"],
        "title": TEXT["title"],
        "body": TEXT["body"],
        "variables": Field("variables { name label default }", list),
        "archived": ARCHIVED,
    },
    version="version",
)
POSTMORTEM_TEMPLATE = Kind(
    *("PostmortemTemplate", "name", "postmortemTemplates", "savePostmortemTemplate", "template"),
    {
        "name": TEXT["name"],
        "service": FOR_SERVICE,
        "severity": FOR_SEVERITY,
        "sections": Field("sections { key title guidance }", list),
        "archived": ARCHIVED,
    },
    version="version",
)
FACTOR_KIND = Kind(
    *("FactorKind", "key", "factorKinds", "saveFactorKind", "factorKind"),
    {
        "key": TEXT["key"],
        "name": TEXT["name"],
        "description": TEXT["description"],
        "position": POSITION,
        "archived": ARCHIVED,
    },
)
