"""What clients say about the practice."""

import strawberry

from schema.inputs.given import SEEN, Repeatable, needed, optional


@strawberry.input(description="A check to switch off or on, or to give other numbers.")
class TuneCheckInput(Repeatable):
    check: str = needed("Its key, such as `roles_filled`. NOT_FOUND if unknown.")
    reason: str = needed("Why, in at most 500 characters: it stands beside the check, and in the audit.")
    enabled: bool | None = optional("False switches it off, true on.")
    limit: int | None = optional("Its limit, see `PracticeCheck.limitIs`. Null: its own.")
    target: float | None = optional("Which share must pass for a time to pass, from 0 to 1. Null: its own.")
    expected_version: int | None = optional(f"{SEEN} It is `tuning.version`, 0 before the first change.")
