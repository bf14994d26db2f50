"""What admins say of work that was given up, and of the first set-up."""

import strawberry

from schema.inputs.given import Repeatable, needed, optional


@strawberry.input(description="Jobs that were given up.")
class JobsInput(Repeatable):
    jobs: list[strawberry.ID] = needed("Their ids: `deadJobs` lists them.")


@strawberry.input(description="A step of the set-up that is passed over.")
class SkipSetupInput(Repeatable):
    step: str = needed(
        "Which: `organisation`, `team`, `components`, `look`, `mail`, `chat`, `alerts`, `drill`; `all`: nobody is to be"
        " reminded of any."
    )
    skipped: bool | None = optional("False takes it back.")


@strawberry.input(description="A mail to yourself.")
class TryMailInput(Repeatable):
    pass
