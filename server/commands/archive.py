"""`muster archive`: move old deliveries and changes out of the database."""

import asyncio

import click

from server.keeping.archive_place import place_at
from server.keeping.archiving import Archived, put_back
from server.keeping.archiving import archive as move
from server.startup import open_database, read_settings

LEAST_DAYS = 30


@click.group(invoke_without_command=True)
@click.option("--older-than", "days", type=click.IntRange(min=LEAST_DAYS), metavar="DAYS", help="At least 30 days.")
@click.option("--to", "address", help="dir:/path or s3://bucket/prefix; for S3 the variables AWS_… say how.")
@click.pass_context
def archive(ctx: click.Context, days: int | None, address: str | None) -> None:
    """Move old deliveries and changes of services to a file of JSON Lines, and put them back."""
    if ctx.invoked_subcommand is not None:
        return
    if days is None or address is None:
        raise click.UsageError("--older-than and --to are needed")
    settings = read_settings()
    place = place_at(settings, address)

    async def run() -> Archived | None:
        async with open_database(settings) as database:
            return await move(database, place, days=days)

    done = asyncio.run(run())
    if done is None:
        click.echo(f"Nothing is older than {days} days.")
        return
    click.echo(f"{done.name} in {place.name}: " + ", ".join(f"{count} of {name}" for name, count in done.rows.items()))


@archive.command()
@click.argument("name")
@click.option("--from", "address", required=True, help="dir:/path or s3://bucket/prefix.")
def restore(name: str, address: str) -> None:
    """Write the rows of an archive into the database again; those that are there stay as they are."""
    settings = read_settings()
    place = place_at(settings, address)

    async def run() -> int:
        async with open_database(settings) as database:
            return await put_back(database, place, name)

    click.echo(f"{asyncio.run(run())} rows were missing and are back.")
