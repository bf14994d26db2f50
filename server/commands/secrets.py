"""`muster secrets rotate`: a new key for what is sealed at rest."""

import asyncio

import click

from actions.sealing import Resealed, reseal
from core.secrets import Secrets, add_key, given_keys, keep_newest_key
from server.startup import open_database, read_settings


@click.group()
def secrets() -> None:
    """The key that seals webhook secrets and sign-ins in the database."""


@secrets.command()
def rotate() -> None:
    """Seal everything under the newest key, beside a running server.

    A key in the data folder is replaced. With MUSTER_SECRET_KEY, first give every process "NEW,OLD", then run this,
    then take OLD away.
    """
    settings = read_settings()
    ours = not given_keys(settings)
    if ours:
        add_key(settings.data_dir)

    async def run() -> list[Resealed]:
        async with open_database(settings) as database:
            return await reseal(database, Secrets.of(settings))

    found = asyncio.run(run())
    for each in found:
        click.echo(
            f"{each.column}: {each.done} sealed anew" + (f", {each.lost} that no key opens" if each.lost else "")
        )
    if any(each.lost for each in found):
        raise click.ClickException("some values were sealed with a key that is not here; older keys are kept")
    if ours:
        keep_newest_key(settings.data_dir)
    click.echo("Only the newest key is needed now." if ours else "Every other key of MUSTER_SECRET_KEY can go now.")
