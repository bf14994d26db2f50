"""The job that keeps postmortems up to date."""

from actions.postmortems.assembly import assemble_postmortem
from jobs.registry import job
from jobs.runtime import current
from models.job import JobName


@job(JobName.POSTMORTEM_ASSEMBLE)
async def assemble(*, incident_id: int, event_id: int | None = None) -> None:  # noqa: ARG001 (the cause, if there is one)
    """Assemble, or re-assemble, the postmortem of an incident. Doing it again changes nothing."""
    await assemble_postmortem(current().database, incident_id)
