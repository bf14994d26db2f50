"""Whether anybody is still needed for alerts that page alone, asked at the last moment before a page goes out.

A silence, or planned work, may begin while alerts come in that it is about: neither transaction sees the other, and the
timer finds these alerts seconds later (actions.alerts.release). Who is to be paged for them is asked after both.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.holds import working_now
from actions.alerts.paged import under_way
from actions.alerts.quiet import because, lasting, silence_of
from actions.paging.answering import end_stopped
from models.alert import Alert
from models.paging.run import ANSWERABLE, PagingRun

LOOKED_AT = 200
"""Alerts of a run that are looked at, the newest: of more, one is surely loud."""


async def stop_if_held(session: AsyncSession, run: PagingRun) -> str | None:
    """End a run, which is locked, if all of its alerts are held back by now; why, in words. None: it goes on."""
    if run.incident_id is not None or run.state not in ANSWERABLE:
        return None
    newest = select(Alert.source_id, Alert.service_id, Alert.labels).where(*under_way(run.id))
    rows = (await session.execute(newest.order_by(Alert.id.desc()).limit(LOOKED_AT))).all()
    if not rows or len(rows) == LOOKED_AT:
        return None
    silences, works = await lasting(session), None
    why = ""
    for row in rows:
        silence = silence_of(silences, row.source_id, row.service_id, row.labels)
        if silence is not None:
            why = why or because(silence)
            continue
        works = await working_now(session) if works is None else works
        hold = works.get(row.service_id)
        if hold is None:
            return None
        why = why or hold.because
    await end_stopped(session, [run], why)
    return why


async def why_not_needed(session: AsyncSession, run_id: int) -> str | None:
    """Why nobody is needed any more for a run of alerts alone, as far as they say; None: as they do not."""
    mine = select(Alert.suppressed_because, Alert.noise_reason).where(Alert.paging_run_id == run_id)
    for row in (await session.execute(mine.order_by(Alert.id).limit(LOOKED_AT))).all():
        if row.suppressed_because is not None:
            return str(row.suppressed_because)
        if row.noise_reason is not None:
            return noise_of(row.noise_reason)
    return None


def noise_of(reason: str) -> str:
    """That an alert was called noise, as the ledger says it."""
    return f"Marked as noise: {reason}"
