"""`muster export`: publish the static status page once, now."""

import asyncio

import click

from actions.exports import note_exported
from core.publication import OvertakenError
from core.settings import Settings
from integrations.bucket import BucketError
from jobs.export_places import place_of
from server.startup import StartError, open_database, read_settings
from statuspage.bundles import Bundles

ATTEMPTS = 3


@click.command()
def export() -> None:
    """Publish the status page to STATUSPAGE_EXPORT once; workers do so by themselves after every change."""
    click.echo(asyncio.run(publish(read_settings())))


async def publish(settings: Settings) -> str:
    """Publish everything; what was written, in a line. StartError if it can't be."""
    place = place_of(settings)
    if place is None:
        raise StartError("nowhere to export to: set STATUSPAGE_EXPORT to dir:/path or s3://bucket/prefix")
    async with open_database(settings) as database:
        for _ in range(ATTEMPTS):
            try:
                held = await place.held()
                bundle = await Bundles(settings).build(database)
                written = await place.publish(held, bundle)
            except OvertakenError:
                continue
            except (BucketError, OSError) as error:
                raise StartError(f"can't export to {place.name}: {error}") from error
            async with database.unit_of_work() as session:
                await note_exported(session, target=place.name, cursor=bundle.cursor, files=written.files)
            return (
                f"Published {written.files} files to {place.name}: {written.changed} new or changed,"
                f" {written.removed} removed, {written.bytes / 1e6:.1f} MB, everything up to event {bundle.cursor}."
            )
    raise StartError(f"others publish to {place.name} all the time; what is there is theirs, and current")
