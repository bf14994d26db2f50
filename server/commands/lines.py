"""`muster dump` and `muster load`: everything as JSON Lines."""

import asyncio
from pathlib import Path

import click

from server.keeping.dumping import dump as write
from server.keeping.loading import load as read
from server.startup import read_settings
from server.supervisor import database_of

PLACE = click.Path(path_type=Path)


@click.command()
@click.option("--to", "place", type=PLACE, required=True, help="A new folder, or a new file that ends with .zip.")
def dump(place: Path) -> None:
    """Write everything as JSON Lines, one file a table, as of one moment."""
    settings = read_settings()
    with database_of(settings) as (url, _):
        done = asyncio.run(write(settings.direct(url), place))
    click.echo(f"{place}: {done.rows} rows of {done.tables} tables, everything up to event {done.newest_event}.")
    click.echo("It holds private incidents, too. Secrets are sealed: only the key that sealed them opens them.")


@click.command()
@click.argument("place", type=click.Path(path_type=Path, exists=True))
def load(place: Path) -> None:
    """Read what `muster dump` wrote into an empty database."""
    settings = read_settings()
    with database_of(settings) as (url, _):
        rows = asyncio.run(read(settings.direct(url), place))
    click.echo(f"Loaded {rows} rows. Cursors go on; new events have higher ids than all that ever were.")
    click.echo("The key that sealed its secrets must be here: MUSTER_SECRET_KEY, or secret.key in the data folder.")
