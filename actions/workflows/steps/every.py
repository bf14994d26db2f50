"""Every kind of step. A new one is a file beside this one and a line here; the API and YAML follow from it."""

from typing import Any

from pydantic import Field, create_model, model_validator

from actions.workflows.part import Part
from actions.workflows.steps.base import Step
from actions.workflows.steps.chat import PostMessage
from actions.workflows.steps.fields import SetFields
from actions.workflows.steps.outward import Announce, OpenBridge, OpenChannel, OpenTicket
from actions.workflows.steps.paging import PageOnCall
from actions.workflows.steps.people import AddTasks, AssignRole
from actions.workflows.steps.runbook import OpenRunbook
from actions.workflows.steps.telling import AddNote, CallWebhook, PublishUpdate
from actions.workflows.steps.waiting import Ask, Wait

KINDS: tuple[type[Step], ...] = (
    OpenChannel,
    OpenBridge,
    OpenTicket,
    PageOnCall,
    Announce,
    AssignRole,
    AddTasks,
    OpenRunbook,
    AddNote,
    PostMessage,
    PublishUpdate,
    SetFields,
    CallWebhook,
    Wait,
    Ask,
)
STEPS: dict[str, type[Step]] = {each.kind: each for each in KINDS}
"""Every kind of step by its name."""


class OneStep(Part):
    """A step as it stands in a definition: exactly one of its fields is set, and says what it does."""

    @model_validator(mode="after")
    def _one(self) -> "OneStep":
        given = [kind for kind in STEPS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a step does exactly one thing, not {len(given)}: one of {', '.join(STEPS)}")
        return self

    @property
    def does(self) -> Step:
        """What it does."""
        found: Step = next(each for kind in STEPS if (each := getattr(self, kind)) is not None)
        return found


_fields: dict[str, Any] = {
    kind: (each | None, Field(default=None, description=each.help)) for kind, each in STEPS.items()
}
AnyStep: type[OneStep] = create_model("AnyStep", __base__=OneStep, **_fields)
"""A step of any kind."""
