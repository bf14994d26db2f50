"""Steps that wait: for a while, or for an answer."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from actions import check
from actions.record import now, record
from actions.workflows.steps.base import Outcome, Scene, Step
from core.errors import conflict
from models.facts.workflow import WorkflowAsked
from models.words import StepState

LONGEST = 30 * 24 * 60
MOST_CHOICES = 10

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=check.LINE)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST)]


class Wait(Step):
    """A while."""

    kind = "wait"
    help = "Wait a while before the next step."

    minutes: Minutes = Field(description="How long, in minutes.")

    async def perform(self, scene: Scene) -> Outcome:
        """Begin to wait."""
        until = now(scene.session) + timedelta(minutes=self.minutes)
        return Outcome(f"It waits until {until:%H:%M} UTC.", StepState.WAITING, due_at=until)

    async def expire(self, scene: Scene) -> Outcome:
        """It is over."""
        del scene
        return Outcome(f"It waited for {self.minutes} min.")


class Ask(Step):
    """A question to the responders; the run waits for the answer."""

    kind = "ask"
    help = "Ask the responders something, and go on when one of them answers (`answerQuestion`)."

    question: Line = Field(description="What is asked.")
    choices: list[Line] | None = Field(
        default=None, min_length=2, max_length=MOST_CHOICES, description="What can be answered; null: anything."
    )
    go_on_if: list[Line] | None = Field(
        default=None, min_length=1, description="The choices with which the run goes on; null: with any."
    )
    minutes: Minutes | None = Field(
        default=None, description="How long an answer is waited for before the step fails; null: for ever."
    )

    @model_validator(mode="after")
    def _some_of_them(self) -> "Ask":
        unknown = [each for each in self.go_on_if or () if each not in (self.choices or ())]
        if unknown:
            raise ValueError(f"{unknown[0][:80]!r} is none of the choices")
        return self

    async def perform(self, scene: Scene) -> Outcome:
        """Ask."""
        fact = WorkflowAsked(
            run_id=scene.run.id, workflow_id=scene.run.workflow_id, step_id=scene.row.id, note=self.question
        )
        record(scene.session, scene.actor, fact, incident=scene.incident)
        until = now(scene.session) + timedelta(minutes=self.minutes) if self.minutes else None
        return Outcome("It waits for an answer.", StepState.WAITING, due_at=until)

    async def expire(self, scene: Scene) -> Outcome:
        """Nobody answered."""
        del scene
        raise conflict(f"Nobody answered within {self.minutes} min.", hint="Decide by hand what the workflow asked.")
