"""Workflows: what waits for events begins, and runs take their steps, as many in a transaction as may be."""

from actions.workflows.matching import match_events
from actions.workflows.together import advance as take_turns
from jobs.registry import job
from jobs.runtime import current
from models.job import JobName


@job(JobName.WORKFLOW_MATCH)
async def match(*, first: int, last: int) -> None:
    """Begin what waits for the events of one transaction, and of others that are due."""
    await match_events(current().database, first, last)


@job(JobName.WORKFLOW_ADVANCE)
async def advance(*, run_id: int, alone: bool = False) -> None:
    """Take the steps of a run until it waits or is over, and of others that are due unless it is to go `alone`."""
    await take_turns(current().database, run_id, alone=alone)
