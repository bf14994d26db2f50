"""What clients say about runbooks."""

import strawberry

from schema.inputs.given import ARCHIVED, INCIDENT, SAVED_ID, SEEN, Repeatable, needed, optional


@strawberry.input(description="A runbook to add or to change.")
class SaveRunbookInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional(
        "Its name, in at most 120 characters. CONFLICT if another runbook in use has it. Needed for a new one."
    )
    service: str | None = optional("Whose incidents it is for: a service by slug or id. Null: those of any service.")
    severity: str | None = optional("For how bad ones: a severity by name or id. Null: whatever the severity.")
    body: str | None = optional(
        "Markdown of at most 20,000 characters, kept as written. Its open checks (`- [ ] …`), at most 50 of 200"
        " characters, become tasks. Needed for a new one."
    )
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A runbook to work an incident by.")
class OpenRunbookInput(Repeatable):
    incident: str = needed(INCIDENT)
    runbook: str = needed("A runbook by name or id. INVALID_INPUT for one that is archived.")
