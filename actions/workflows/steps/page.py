"""Paging people through a vendor."""

from pydantic import Field

from actions.workflows.steps.base import Outcome, Scene, Step
from core.errors import conflict


class PagePeople(Step):
    """People, through a pager. There is no pager yet: a definition with this step is refused."""

    kind = "page"
    help = "Have people paged through a vendor."

    integration: str | None = Field(
        default=None, description="The integration, by key; null: the one that is connected for it."
    )

    @classmethod
    def unavailable(cls) -> str | None:
        """Until there is a port for pagers."""
        return "This version of Muster pages nobody through vendors. Severities say who is told by mail."

    async def perform(self, scene: Scene) -> Outcome:
        """Refused: only a version that had pagers could have begun such a run."""
        del scene
        raise conflict("This version of Muster pages nobody through vendors.", hint="Page people by hand.")
