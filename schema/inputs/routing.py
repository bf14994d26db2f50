"""What admins say of all routing rules at once."""

import strawberry
from strawberry.scalars import JSON

from schema.inputs.given import Repeatable, needed, optional


@strawberry.input(description="All routing rules.")
class ApplyRoutingRulesInput(Repeatable):
    rules: JSON = needed(
        "A list of at most 200 objects in the order in which they are tried. Each has a `name`, and what it needs of"
        " `matchers`, `condition`, `service`, `severity`, `group_by`, `group_minutes`, `create_incident`, `threshold`,"
        " `threshold_minutes`, `page`, `ask_minutes`, `join_open`, `join_upstream`, `drop_reason`, `end_incident`,"
        " `flap_changes`, `flap_minutes`. A rule is found by its name; those that are not there are deleted."
    )
    expected_version: int | None = optional("The version of the rules that was read; VERSION_CONFLICT if it is older.")


@strawberry.input(description="Which rules to go back to.")
class RestoreRoutingRulesInput(Repeatable):
    version: int = needed("The number of the version.")
