"""What admins say of heartbeats."""

import strawberry

from schema.inputs.given import ARCHIVED, Repeatable, default, needed, optional

NAME = "What should report, in at most 200 characters."
EVERY = "How often it should report: 30 to 31,622,400 seconds (366 days)."
GRACE = "How late it may be before that is an alert, in seconds."
SERVICE = "The service that its alerts are about, by slug or id."


@strawberry.input(description="A monitor that should report.")
class CreateHeartbeatInput(Repeatable):
    name: str = needed(NAME)
    every_seconds: int = needed(EVERY)
    grace_seconds: int = default(60, GRACE + " A minute, if left out.")
    service: str | None = optional(SERVICE)


@strawberry.input(description="What to change of a heartbeat. What is left out stays.")
class SaveHeartbeatInput(Repeatable):
    id: strawberry.ID = needed("Its id.")
    name: str | None = optional(NAME)
    every_seconds: int | None = optional(EVERY)
    grace_seconds: int | None = optional(GRACE)
    service: str | None = optional(SERVICE + " Null: none.")
    archived: bool | None = optional(ARCHIVED)


@strawberry.input(description="Which heartbeat not to wait for.")
class PauseHeartbeatInput(Repeatable):
    heartbeat: strawberry.ID = needed("Its id.")


@strawberry.input(description="Which heartbeat to wait for again.")
class ResumeHeartbeatInput(Repeatable):
    heartbeat: strawberry.ID = needed("Its id.")


@strawberry.input(description="Which heartbeat to give another address.")
class RotateHeartbeatKeyInput(Repeatable):
    heartbeat: strawberry.ID = needed("Its id.")
    overlap_minutes: int = default(
        24 * 60, "For how many minutes the address before stays good: 0 to 10,080 (7 days); a day, if left out."
    )
