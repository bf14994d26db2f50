"""What `muster up` does to a database before it is used: migrations, the first admin, the demo."""

import logging

from actions.sign_in import anyone_signed_in, create_sign_in_link, ensure_admin
from auth.actor import SYSTEM
from core.db import Database
from core.settings import Settings
from migrations.apply import migrate
from server.startup import check_database, check_secrets

log = logging.getLogger("muster")


async def first_sign_in(database: Database, settings: Settings) -> str | None:
    """A link for the first admin, as long as nobody has ever signed in; None after that."""
    async with database.unit_of_work() as session:
        admin = await ensure_admin(session)
        if await anyone_signed_in(session):
            return None
        secret = await create_sign_in_link(session, SYSTEM, admin)
    return f"{settings.base_url}/auth/link/{secret}"


async def prepare(url: str, settings: Settings, *, with_demo: bool) -> str | None:
    """Migrate, make the first admin, fill in the demo; the sign-in link if one is due. By no pooler."""
    url = settings.direct(url)
    await check_database(url)
    check_secrets(settings)
    await migrate(url)
    database = Database(url, pool_size=2)
    try:
        link = await first_sign_in(database, settings)
        if with_demo:
            from server.demo.fill import fill  # noqa: PLC0415 (who keeps processes has no use for it)

            log.info(await fill(database))
    finally:
        await database.close()
    return link
