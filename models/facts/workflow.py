"""Facts about workflows at work on an incident."""

from models.facts.base import Fact, Names, fact
from models.words import RunState


@fact("workflow.started")
class WorkflowStarted(Fact):
    """A workflow began: by an event, its time or silence (then it is on no timeline), or because a person ran it."""

    run_id: int
    workflow_id: int
    event_id: int | None = None

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} ran the workflow {names.of('workflow', self.workflow_id)}."


@fact("workflow.step_failed")
class WorkflowStepFailed(Fact):
    """A step of a workflow failed; the note says what to mend."""

    run_id: int
    workflow_id: int
    step_id: int
    step: str
    note: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        name = names.of("workflow", self.workflow_id)
        return f"{name} failed at “{self.step.replace('_', ' ')}”: {self.note}"


@fact("workflow.asked")
class WorkflowAsked(Fact):
    """A workflow asks the responders something, and waits for the answer; the note is the question."""

    run_id: int
    workflow_id: int
    step_id: int
    note: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('workflow', self.workflow_id)} asks: {self.note}"


@fact("workflow.answered")
class WorkflowAnswered(Fact):
    """Somebody answered the question of a workflow; the note is the answer."""

    run_id: int
    workflow_id: int
    step_id: int
    note: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} answered {names.of('workflow', self.workflow_id)}: {self.note}"


@fact("workflow.called")
class WorkflowCalled(Fact):
    """A workflow tells a webhook of the incident. On no timeline: it is the message itself."""

    run_id: int
    workflow_id: int
    step_id: int
    webhook_id: int

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('workflow', self.workflow_id)} told a webhook of it."


@fact("workflow.cancelled")
class WorkflowCancelled(Fact):
    """Somebody called off what was left of a run."""

    run_id: int
    workflow_id: int
    reason: str

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{who} called off {names.of('workflow', self.workflow_id)}: {self.reason}"


@fact("workflow.ended")
class WorkflowEnded(Fact):
    """A run is over. On no timeline: what it did is there."""

    run_id: int
    workflow_id: int
    state: RunState

    def sentence(self, who: str, names: Names) -> str:
        """One line for a person."""
        return f"{names.of('workflow', self.workflow_id)} ended: {RunState(self.state).lower()}."
