"""Asking monitors what they measured while an incident lasted."""

import asyncio
from typing import cast

from actions.postmortems.measuring import Outcome, Wanted, Window, keep_measured, to_measure
from integrations.failures import Permanent, VendorError
from integrations.ports import Measurement, MetricsPort
from jobs.registry import job
from jobs.runtime import JobRuntime, current
from jobs.vendor import opened
from models.job import JobName


@job(JobName.METRIC_MEASURE, seconds=50.0, attempts=5)
async def measure(*, incident_id: int) -> None:
    """Ask for what is not kept of an incident's time, and keep it; a monitor that is away leaves a note."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_measure(session, incident_id)
    if wanted is None or not wanted[1]:
        return
    window, metrics = wanted
    outcomes = await asyncio.gather(*(_ask(runtime, metric, window) for metric in metrics))
    async with runtime.database.unit_of_work() as session:
        await keep_measured(session, incident_id, window, outcomes)


async def _ask(runtime: JobRuntime, metric: Wanted, window: Window) -> Outcome:
    """What one query gives, or in words why it gives nothing."""
    asked = Measurement(metric.query, window.starts_at, window.ends_at, window.step_seconds)
    try:
        port = cast("MetricsPort", opened(runtime, metric.vendor, metric.configuration))
        found = await port.measure(asked)
    except VendorError as error:
        return Outcome(metric, [], error=error.words, lasting=isinstance(error, Permanent))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return Outcome(metric, [], error=f"Muster did not understand the answer ({type(error).__name__}).")
    series = [{"labels": one.labels, "values": one.values} for one in found.series]
    return Outcome(metric, series, left_out=found.left_out)
