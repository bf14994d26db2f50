"""What the pages of a schedule have in common: the schedule of the address, and who is who."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from actions.schedules.reading import Rota, rotas
from console.desk import Desk
from core.errors import not_found
from core.ids import decode_as
from core.zones import zone_or_utc
from models.person import User
from models.schedule.table import Schedule
from resolvers.rows import by_key

PATH = "/console/on-call"
AHEAD = timedelta(days=28)


async def schedule_of(desk: Desk) -> Schedule:
    """The schedule that the address names; NOT_FOUND."""
    reference = desk.request.path_params["id"]
    key = decode_as("Schedule", reference, "id")
    row = await desk.ctx.reader.row(Schedule, select(Schedule).where(Schedule.id == key))
    if row is None:
        raise not_found("id", "schedule", reference)
    return row


async def rota_of(desk: Desk, row: Schedule, since: datetime, until: datetime) -> Rota:
    """The schedule as it is worked out between two moments."""
    return (await rotas(desk.ctx.reader, [row.id], since, until))[0]


def zone_of(rota: Rota) -> ZoneInfo:
    """By whose clocks it goes now."""
    return rota.plans[-1].zone if rota.plans else zone_or_utc("UTC")


async def names_of(desk: Desk, keys: Iterable[int | None]) -> dict[int, str]:
    """What people are called, by key."""
    found = await by_key(desk.ctx, User, {key for key in keys if key is not None})
    return {key: row.name for key, row in found.items()}
