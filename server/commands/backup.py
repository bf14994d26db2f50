"""`muster backup` and `muster restore`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from core.wal_archive import pieces
from server.keeping.manifest import How, Manifest
from server.keeping.pruning import prune, prune_log
from server.keeping.putting_back import put_back, refuse_unknown
from server.keeping.taking import Taken, examine, take
from server.startup import open_database, read_settings

KEEP = "Remove all but so many of the newest backups there, and the part of the kept log that none of these needs."
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--to", "into", type=FOLDER, help="The folder for backups; `backups` in the data folder without it.")
@click.option("--with-key", is_flag=True, help="Put the key that seals secrets into it, too: then it gives them away.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help=KEEP,
)
@click.option("--check", "given", type=FOLDER, metavar="BACKUP", help="Make none: read this one, and compare it.")
def backup(into: Path | None, given: Path | None, keep: int | None, *, with_key: bool) -> None:
    """Copy the whole database while Muster runs, and read the copy back."""
    settings = read_settings()
    if given is not None:
        manifest = Manifest.read(given)
        refuse_unknown(manifest)
        examine(given, manifest)
        click.echo(
            f"{given} is whole: everything up to event {manifest.newest_event}, {manifest.began_at:%Y-%m-%d %H:%M} UTC."
        )
        return
    folder = (into or settings.data_dir / "backups").resolve()

    async def run() -> Taken:
        async with open_database(settings) as database:
            return await take(database, settings, folder, with_key=with_key)

    taken = asyncio.run(run())
    manifest = taken.manifest
    click.echo(
        f"{taken.folder}: {manifest.bytes / 1e6:.1f} MB, everything up to event {manifest.newest_event}, read back."
    )
    if manifest.how is How.DUMP:
        click.echo("It is a dump of DATABASE_URL. To restore any moment, have that server keep its log (PITR).")
    if manifest.key:
        click.echo("The key that seals secrets is in it: keep it as you keep the key.")
    else:
        click.echo("The key that seals secrets is not in it: keep that apart (MUSTER_SECRET_KEY, or secret.key).")
    gone = prune(folder, keep) if keep else []
    if gone:
        click.echo(f"Removed {len(gone)} older: {', '.join(each.name for each in gone)}.")
    if settings.wal_archive is not None and settings.database_url is None:
        removed = prune_log(settings.wal_archive, folder) if keep else 0
        click.echo(_archive(settings.wal_archive, removed))


def _archive(archive: Path, removed: int) -> str:
    """What is kept of the log, in a line."""
    kept = pieces(archive)
    if not kept:
        return f"No log was kept in {archive} so far: PostgreSQL hands it over within a minute."
    newest = datetime.fromtimestamp(kept[-1].stat().st_mtime, UTC)
    return (
        f"{len(kept)} pieces of the log in {archive}, the newest of {newest:%Y-%m-%d %H:%M:%S} UTC; {removed} removed."
    )


@click.command()
@click.argument("source", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--into", type=FOLDER, help="The data folder; that of MUSTER_DATA_DIR without it.")
@click.option("--log", type=FOLDER, help="A kept log (MUSTER_WAL_ARCHIVE), read to its end, or up to --at.")
@click.option("--at", "moment", metavar="TIME", help="Restore this moment, such as 2026-03-01T12:30:00Z; needs --log.")
def restore(source: Path, into: Path | None, log: Path | None, moment: str | None) -> None:
    """Put a backup back into a data folder without a database, or a dump into the empty one of DATABASE_URL."""
    settings = read_settings()
    try:
        at = datetime.fromisoformat(moment) if moment else None
    except ValueError as error:
        raise click.BadParameter("must look like 2026-03-01T12:30:00Z", param_hint="--at") from error
    if at is not None and at.tzinfo is None:
        raise click.BadParameter("needs a zone: end it with Z for UTC", param_hint="--at")
    if at is not None and log is None:
        raise click.BadParameter("needs --log, the folder of the kept log", param_hint="--at")
    found = asyncio.run(put_back(settings, source.resolve(), into or settings.data_dir, log=log, moment=at))
    click.echo(f"Restored: the newest event is {found.newest_event}.")
    click.echo(
        f"A new era of the feed begins ({found.era}): new events have ids from {found.first_id} on,"
        " and clients that saw events which are gone are told to query anew."
    )
    click.echo(found.key)
    click.echo("Next: `muster migrate` if this Muster is newer, `muster doctor`, and start it.")
