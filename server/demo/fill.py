"""`muster up --demo`: fill an empty Muster with an example organisation, planned work and one incident under way."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from core.db import Database
from models.incident import Incident
from models.job import Job, JobName
from models.person import Team
from server.demo.alerts import tell_of_alerts, tell_what_fires
from server.demo.earlier import tell_of_earlier
from server.demo.on_call import page_in_turn, take_turns
from server.demo.organisation import found_organisation
from server.demo.past import tell_the_past
from server.demo.planned import tell_of_planned_work
from server.demo.present import tell_the_present
from server.demo.story import Story, StoryClock

FOUNDED = timedelta(days=100)
STAY = (JobName.MAIL_NOTIFY, JobName.WORKFLOW_MATCH, JobName.PAGE_SEND)
"""What the story would have sent."""


async def fill(database: Database) -> str:
    """Tell the demo's story unless something is there already; one line for the log."""
    async with database.unit_of_work() as session:
        if await session.scalar(select(func.count()).select_from(Incident)) or await session.scalar(select(Team.id)):
            return "the demo was left alone: this data folder already holds an organisation"
    now = database.clock.now()
    clock = StoryClock(now - FOUNDED)
    told = Database(database.url.render_as_string(hide_password=False), clock=clock, pool_size=1)
    try:
        story = Story(told, clock, now)
        components = await found_organisation(story)
        await take_turns(story)
        await tell_of_earlier(story)
        await tell_the_past(story, components)
        await tell_of_planned_work(story, components)
        await tell_of_alerts(story)
        reference = await tell_the_present(story, components)
        await tell_what_fires(story)
        await page_in_turn(story)
        async with told.unit_of_work() as session:  # nobody is to be mailed, or paged, about a story
            await session.execute(delete(Job).where(Job.name.in_(STAY)))
    finally:
        await told.close()
    return f"the demo is Quillhaven, an invented shop; {reference} is under way"
