"""Examining an integration: whether it is reached, may do what it is for, and, if wished, does it."""

import logging

from actions.outward.checks import Check, Result, note_checks, to_check
from actions.outward.on_call import ask_who
from actions.outward.vendors import Port, ports_of
from integrations.failures import VendorError
from jobs.registry import job
from jobs.runtime import current
from jobs.tryout import tried_out
from jobs.vendor import UNFORESEEN, opened
from models.job import JobName

log = logging.getLogger(__name__)

STRANGE = "Muster did not understand what answers there: see whether the address is right. The worker's log says more."


@job(JobName.INTEGRATION_CHECK, seconds=50.0, attempts=3)
async def check(*, integration_id: int, send: bool = False) -> None:
    """Examine an integration, and note what was found; `send`: also by doing there what it is for, as a test."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return
    try:
        adaptor = opened(runtime, *wanted)
        found = await adaptor.check()
        if send:
            url = f"{runtime.settings.base_url}/console/settings/integrations"
            found += await tried_out(adaptor, *wanted, url)
    except VendorError as error:
        found = [Check("configuration", Result.WRONG, error.words)]
    except UNFORESEEN:
        log.exception("what an integration answers is not understood")
        found = [Check("configuration", Result.WRONG, STRANGE)]
    async with runtime.database.unit_of_work() as session:
        await note_checks(session, integration_id, found)
        if Port.PAGER in ports_of(*wanted):
            ask_who(session, integration_id)
