"""How the export of the status page went: told once when it begins to fail, and once when it works again."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import SYSTEM
from models.export import StatusExport
from models.facts.settings import ExportFailed, ExportRecovered
from models.words import Visibility

ERROR_CHARACTERS = 400


async def _row(session: AsyncSession, target: str) -> StatusExport:
    row = await session.get(StatusExport, target, with_for_update=True)
    if row is None:
        row = StatusExport(target=target, cursor=0)
        session.add(row)
    return row


async def note_exported(session: AsyncSession, *, target: str, cursor: int, files: int) -> None:
    """Note that a bundle of so many files was published, which holds everything up to an event."""
    row = await _row(session, target)
    if row.failing_since is not None:
        record(session, SYSTEM, ExportRecovered(target=target), visibility=Visibility.PRIVATE)
    row.cursor, row.files, row.exported_at = cursor, files, now(session)
    row.failing_since = row.error = None


async def note_export_failed(session: AsyncSession, *, target: str, error: str) -> None:
    """Note that publishing failed; an event tells of the first time only. `error` is a line for an operator."""
    row = await _row(session, target)
    line = error[:ERROR_CHARACTERS]
    if row.failing_since is None:
        row.failing_since = now(session)
        record(session, SYSTEM, ExportFailed(target=target, error=line), visibility=Visibility.PRIVATE)
    row.error = line
