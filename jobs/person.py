"""The job that erases what was under way when a person was erased."""

from actions.erasing.person_after import erase_afterwards
from jobs.registry import job
from jobs.runtime import current
from models.job import JobName


@job(JobName.PERSON_ERASE)
async def erase(*, user_id: int) -> None:
    """Erase again what is an erased person's. Doing it again changes nothing."""
    async with current().database.unit_of_work() as session:
        await erase_afterwards(session, user_id)
