"""Steps that speak in the incident's channel."""

from datetime import timedelta

from pydantic import Field

from actions.outward.saying import can_speak, channel_order, say
from actions.record import now
from actions.workflows.steps.base import Outcome, Reach, Scene, Skip, Step
from actions.workflows.steps.telling import Text
from models.integration import Integration
from models.words import OutwardState, StepState

LOOK = timedelta(seconds=10)
"""Between looks at whether a channel is open that is being opened."""
PATIENCE = timedelta(minutes=30)
"""How long it may take; then the run goes on without."""


class PostMessage(Step):
    """A message in the channel; the run waits while that is being opened."""

    kind = "post_message"
    help = "Say something in the incident's channel."
    reach = Reach.WIDE

    text: Text = Field(description="What is said, as it stands: nothing in it is markup.")

    async def perform(self, scene: Scene) -> Outcome:
        """Order it, or wait for the channel."""
        session, incident = scene.session, scene.incident
        asked = await channel_order(session, incident)
        if asked is None:
            raise Skip("It has no channel.")
        if asked.state is not OutwardState.DONE:
            return self._wait(scene)
        place = await session.get_one(Integration, asked.integration_id, with_for_update=True)
        if not can_speak(place):
            raise Skip(f"{place.name} lets no app speak in its channels.")
        what = {"step_run_id": scene.row.id}
        row = await say(session, incident, place, str(asked.external_id), f"step/{scene.row.id}", what)
        return Outcome("It is ordered.", StepState.UNDER_WAY, outward_action_id=row.id)

    async def expire(self, scene: Scene) -> Outcome:
        """Look again."""
        return await self.perform(scene)

    def _wait(self, scene: Scene) -> Outcome:
        moment = now(scene.session)
        if scene.row.begun_at is not None and moment - scene.row.begun_at > PATIENCE:
            raise Skip("Its channel was not opened in time.")
        return Outcome("It waits for the channel.", StepState.WAITING, due_at=moment + LOOK)
