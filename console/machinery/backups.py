"""`/console/settings/backups`: what the database says of its copies, and how to make one and put it back."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.machinery.frame import machine_page
from console.settings.areas import area_of
from console.settings.frame import opened
from models.backup import OLD, age_in_words
from resolvers.running import copies

AREA = "backups"
PATH = area_of(AREA).path
UNITS = ("B", "kB", "MB", "GB", "TB")
STEP = 1000


async def show(desk: Desk) -> Response:
    """What is known of copies, the key that must be kept beside them, and the commands."""
    opened(desk, AREA)
    settings = desk.runtime.settings
    found = await copies(desk.ctx)
    return await machine_page(
        desk,
        AREA,
        "machinery/backups.html",
        copies=found,
        size=in_words(found.size),
        sizes=[in_words(each.bytes) for each in found.backups],
        age=age_in_words(found.now - found.backups[0].made_at) if found.backups else None,
        old=bool(found.backups) and found.now - found.backups[0].made_at > OLD,
        embedded=settings.database_url is None,
        url=_url(desk),
        sealing_key=None if settings.secret_key is not None else settings.data_dir / "secret.key",
        folder=settings.data_dir,
    )


def _url(desk: Desk) -> str:
    """What PostgreSQL's own programs are given: the variable where there is one, else the server of the data folder."""
    if desk.runtime.settings.database_url is not None:
        return "$DATABASE_URL"
    return desk.runtime.database.url.set(drivername="postgresql").render_as_string(hide_password=True)


def in_words(size: int) -> str:
    """`12.3 MB`."""
    amount, unit = float(size), 0
    while amount >= STEP and unit < len(UNITS) - 1:
        amount, unit = amount / STEP, unit + 1
    return f"{amount:.0f} {UNITS[unit]}" if unit < 2 else f"{amount:.1f} {UNITS[unit]}"  # noqa: PLR2004 (small ones)


def routes() -> list[BaseRoute]:
    """Its route."""
    return [Route(PATH, view(show))]
