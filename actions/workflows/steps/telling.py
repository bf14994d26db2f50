"""Steps that say something: on the timeline, to colleagues, to customers, to other programs."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.entries import add_entry
from actions.record import enqueue, record
from actions.templates.filling import fill_in_template
from actions.templates.variables import filled_in
from actions.updates import publish_update
from actions.workflows.part import Reference
from actions.workflows.steps.base import Outcome, Reach, Scene, Skip, Step
from core.errors import DomainError, conflict
from core.ids import encode
from models.delivery import Webhook
from models.facts.workflow import WorkflowCalled
from models.job import JobName
from models.update_template import UpdateTemplate
from models.words import Audience, EntryKind

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=check.BODY)]


class AddNote(Step):
    """A line on the timeline."""

    kind = "add_note"
    help = "Write a note on the timeline."

    text: Text = Field(description="What it says. Markdown.")
    pinned: bool = Field(default=False, description="Whether it is marked as important.")

    async def perform(self, scene: Scene) -> Outcome:
        """Write it."""
        given: dict[str, Any] = {"kind": EntryKind.NOTE, "text": self.text, "pinned": self.pinned}
        await add_entry(scene.session, scene.actor, incident=scene.reference, **given)
        return Outcome("It was written on the timeline.")


class PublishUpdate(Step):
    """An update: internal words, or what a template says, to whom it is meant for."""

    kind = "publish_update"
    help = "Publish an update: internal words, or a template, which may address customers."
    reach = Reach.WIDE
    references: ClassVar[Mapping[str, str]] = {"template": "template"}

    body: Text | None = Field(default=None, description="What colleagues are told. Markdown.")
    template: Reference | None = Field(default=None, description="Instead of words: a template, by name or id.")
    variables: dict[str, str] | None = Field(default=None, description="What the template's variables say.")
    notify: bool = Field(default=True, description="Whether it is mailed.")

    @model_validator(mode="after")
    def _words(self) -> "PublishUpdate":
        if (self.body is None) is (self.template is None):
            raise ValueError("give a body, or name a template, and not both")
        if self.variables and self.template is None:
            raise ValueError("variables belong to a template")
        return self

    async def check(self, session: AsyncSession, place: str) -> list[DomainError]:
        """Whether the template has what it needs."""
        if not isinstance(self.template, int):
            return []
        found = await session.get_one(UpdateTemplate, self.template)
        try:
            filled_in(found.variables, self.variables)
        except DomainError as error:
            error.field = f"{place}.{error.field}"
            return [error]
        return []

    async def perform(self, scene: Scene) -> Outcome:
        """Publish it; never to customers what they must not know of."""
        said: dict[str, Any] = {"audience": Audience.INTERNAL, "body": self.body}
        if self.template is not None:
            said = await self._filled_in(scene)
        update = await publish_update(scene.session, scene.actor, incident=scene.reference, notify=self.notify, **said)
        who = "customers" if update.audience is Audience.PUBLIC else "colleagues"
        return Outcome(f"An update for {who} was published.", outputs={"update_id": update.id})

    async def _filled_in(self, scene: Scene) -> dict[str, Any]:
        template = await scene.session.get_one(UpdateTemplate, self.template)
        if template.audience is Audience.PUBLIC and scene.incident.kept_from_customers:
            why = "private" if scene.incident.private else "a drill"
            raise Skip(f"Customers are told nothing: the incident is {why}.")
        filled = await fill_in_template(
            scene.session,
            scene.actor,
            template=encode("UpdateTemplate", template.id),
            incident=scene.reference,
            variables=self.variables,
        )
        given = {"audience": filled.audience, "body": filled.body, "status": filled.status}
        return {**given, "public_title": filled.title if filled.audience is Audience.PUBLIC else None}


class CallWebhook(Step):
    """A webhook, told of the incident. Signed, paced and counted as every message to it (Incident.deliveries)."""

    kind = "call_webhook"
    help = "Tell a webhook, signed and once: an event `workflow.called`, whatever kinds it is told of otherwise."
    references: ClassVar[Mapping[str, str]] = {"webhook": "webhook"}

    webhook: Reference = Field(description="The webhook, by id.")

    @property
    def public(self) -> bool:
        """Webhooks are told nothing of private incidents."""
        return True

    async def perform(self, scene: Scene) -> Outcome:
        """Have the message sent: its delivery is one of the ledger, however often this is asked."""
        webhook = await scene.session.get_one(Webhook, self.webhook)
        if webhook.archived or webhook.disabled_because is not None:
            raise conflict("The webhook is not in use any more.", hint="Create one again, and name it in the workflow.")
        fact = WorkflowCalled(
            run_id=scene.run.id, workflow_id=scene.run.workflow_id, step_id=scene.row.id, webhook_id=webhook.id
        )
        event = record(scene.session, scene.actor, fact, incident=scene.incident, numbered=False)
        enqueue(scene.session, JobName.WEBHOOK_SEND, event=event, webhook_id=webhook.id)
        return Outcome("The message is on its way.", outputs={"webhook_id": webhook.id})
