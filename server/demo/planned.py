"""Planned work: some that was done nine days ago, and some that is to come in three days."""

from datetime import timedelta

from actions.maintenance.schedule import schedule_maintenance
from server.demo.story import Story

DONE = "We moved the Partner API to new machines. Calls made meanwhile were answered later, none was lost."
TO_COME = (
    "We upgrade the database behind the partners’ orders. **For up to 20 minutes** calls to the Partner API are refused"
    " with `503`; please send them again. The shop itself is not touched."
)


async def tell_of_planned_work(story: Story, components: dict[str, str]) -> None:
    """The Partner API was moved, and its database is to be upgraded."""
    partners = [components["Partner API"]]
    story.at(days=9)
    began, lasted = story.when(days=9, hours=2), timedelta(minutes=55)
    await story.do(
        schedule_maintenance,
        "ines",
        title="Move of the Partner API",
        body=DONE,
        starts_at=began,
        ends_at=began + lasted,
        components=partners,
        already_done=True,
    )
    story.at(hours=26)
    begins = (story.end + timedelta(days=3)).replace(hour=3, minute=0, second=0, microsecond=0)
    await story.do(
        schedule_maintenance,
        "ines",
        title="Database upgrade for the Partner API",
        body=TO_COME,
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
        components=partners,
        remind_minutes=24 * 60,
    )
