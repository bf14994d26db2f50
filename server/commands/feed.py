"""`muster feed`: what an operator tells the event log."""

import asyncio

import click
from sqlalchemy import text

from server.startup import open_database, read_settings

ERAS = text("select count(*) as eras, max(after_id) as newest, max(first_id) as first from feed_era")


@click.group()
def feed() -> None:
    """Look after the event feed."""


@feed.command()
def new_era() -> None:
    """Say that history may be lost: after files were put back to an earlier moment, before Muster is started again.

    Clients that saw events which are gone are then told to query anew. It is never wrong, and needed only for snapshots
    of files: dumps, recoveries and promotions are noticed.
    """
    settings = read_settings()

    async def begin() -> str:
        async with open_database(settings) as database, database.engine.begin() as connection:
            await connection.execute(text("select feed_enter_era(0, true)"))
            found = (await connection.execute(ERAS)).one()
        return f"The feed is in era {found.eras}: after event {found.newest} comes {found.first}."

    click.echo(asyncio.run(begin()))
