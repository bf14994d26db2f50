"""`muster archive`: move old rows out of the database."""

import asyncio

import click

from core.archive_settings import LEAST_DAYS
from server.keeping.archive_back import Restored, put_back
from server.keeping.archive_place import place_at
from server.keeping.archiving import Archived
from server.keeping.archiving import archive as move
from server.startup import StartError, open_database, read_settings


@click.group(invoke_without_command=True)
@click.option("--older-than", "days", type=click.IntRange(min=LEAST_DAYS), metavar="DAYS", help="At least 30 days.")
@click.option("--to", "address", help="dir:/path or s3://bucket/prefix; for S3 the variables AWS_… say how.")
@click.pass_context
def archive(ctx: click.Context, days: int | None, address: str | None) -> None:
    """Move old alerts, events, deliveries and changes of services to files of JSON Lines, and put them back.

    Alerts that ended and belong to no incident, with their events; other events without an incident that nothing reads
    later; deliveries that are settled. Incidents stay, with all that is theirs, and so does what is audited.
    """
    if ctx.invoked_subcommand is not None:
        return
    if days is None or address is None:
        raise click.UsageError("--older-than and --to are needed")
    settings = read_settings()
    if days < settings.replay_days:
        raise StartError(
            f"clients may go on from cursors of the last {settings.replay_days} days (MUSTER_REPLAY_DAYS):"
            f" archive what is older than that, not than {days} days"
        )
    place = place_at(settings, address)

    async def tell(done: Archived | None) -> None:
        if done is not None:
            counts = ", ".join(f"{count} of {name}" for name, count in done.rows.items())
            click.echo(f"{done.name} in {place.name}: {counts}")

    async def run() -> list[Archived]:
        async with open_database(settings) as database:
            return await move(database, place, days=days, told=tell)

    if not asyncio.run(run()):
        click.echo(f"Nothing is older than {days} days.")


@archive.command()
@click.argument("name")
@click.option("--from", "address", required=True, help="dir:/path or s3://bucket/prefix.")
def restore(name: str, address: str) -> None:
    """Write the rows of an archive into the database again; those that are there stay as they are."""
    settings = read_settings()
    place = place_at(settings, address)

    async def run() -> Restored:
        async with open_database(settings) as database:
            return await put_back(database, place, name)

    done = asyncio.run(run())
    click.echo(f"{done.rows} rows were missing and are back.")
    if done.erased:
        click.echo(f"{done.erased} texts and addresses were erased since, and stay so.")
    if done.people and done.rows:
        click.echo(
            f"{done.people} people were erased since the file was written: what others wrote of them may be back."
            " Look for their names, and erase such texts (eraseText)."
        )
    if done.waiting:
        click.echo(f"{done.waiting} deliveries wait for their events: restore later files, then this one again.")
    if done.replaced:
        click.echo(f"{done.replaced} alerts stay away: their monitor has sent the same again since.")
