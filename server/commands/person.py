"""`muster person erase`: who a person was is to be known no more (GDPR, article 17), beside a running server."""

import asyncio

import click
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.erasing.person import Erasure, erase_person, rehearse_erasure
from actions.erasing.person_search import Mentions, mentions_of
from auth.actor import SYSTEM
from core.errors import not_found
from core.ids import decode_as, encode
from models.person import User
from server.commands.access import in_unit_of_work
from server.startup import open_database, read_settings

KEPT = (
    ("their row and its id, archived", "timelines, figures and schedules of the past point to it"),
    ("every event, with ids and salted digests", "the audit chain covers them"),
    ("what they wrote", "it is the incident's; erase single texts with eraseText"),
    ("backups, logs, and what was sent to vendors", "out of reach: docs/guides/privacy.md says what to do"),
)
"""What stays, and why."""


@click.group()
def person() -> None:
    """People, and what is known of them."""


@person.command()
@click.argument("who", metavar="EMAIL|ID")
@click.option("--reason", help="Why, for the audit trail: without saying who. Needed unless --dry-run.")
@click.option("--dry-run", is_flag=True, help="Only tell what would go, what would stay, and what stands against it.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def erase(who: str, reason: str | None, dry_run: bool, yes: bool) -> None:
    """Erase who a person was, for good: name, addresses, identities, credentials, what chats and ledgers call them.

    First it tells what goes, what stays, and which texts name them, each with what `eraseText` takes.
    """
    if not dry_run and not reason:
        raise click.UsageError("Say why with --reason, or look first with --dry-run.")
    user = encode("User", in_unit_of_work(lambda session: _key(session, who)))
    found, mentions = asyncio.run(_report(user))
    _tell(found, mentions)
    if found.refusals:
        raise click.ClickException("They can't be erased yet: " + "; ".join(found.refusals) + ".")
    if dry_run:
        click.echo("Nothing was done.")
        return
    if not yes:
        click.confirm("This can't be undone. Erase them?", abort=True)
    row = in_unit_of_work(lambda session: erase_person(session, SYSTEM, user=user, reason=reason or ""))
    click.echo(f"They are “{row.name}” from now on.")


async def _key(session: AsyncSession, who: str) -> int:
    """The key of a person, also of who has left: by address, any case, or by id."""
    named = func.lower(User.email) == who.strip().lower()
    if "@" not in who:
        named = User.id == _decoded(who)
    key = await session.scalar(select(User.id).where(named))
    if key is None:
        raise not_found("user", "user", who)
    return key


def _decoded(who: str) -> int:
    return int(who) if who.isdecimal() else decode_as("User", who, "user")


async def _report(user: str) -> tuple[Erasure, Mentions]:
    async with open_database(read_settings()) as database:
        async with database.rehearsal() as session:
            found = await rehearse_erasure(session, SYSTEM, user=user)
        return found, await mentions_of(database, SYSTEM, found.known, patience=None)


def _tell(found: Erasure, mentions: Mentions) -> None:
    click.echo(f"{found.known.name} <{found.known.email}>")
    click.echo("Goes, beside name and address:")
    for gone in found.erased:
        if gone.count:
            click.echo(f"  {gone.count}\t{gone.what}")
    click.echo("Stays:")
    for what, why in KEPT:
        click.echo(f"  {what}: {why}")
    if not mentions.count:
        click.echo("No text names them.")
    else:
        click.echo(f"Texts that name them: {mentions.count}. Look at each, and erase or change it by hand:")
    for each in mentions.found:
        given = {"event": each.event, "update": each.update, "maintenanceUpdate": each.maintenance_update}
        means = [f"eraseText {name}: {value}" for name, value in given.items() if value]
        click.echo("\t".join([f"  {each.place}", each.key, each.incident or "", *means]).rstrip())
    for table in mentions.unread:
        click.echo(f"  {table} could not be searched in time", err=True)
