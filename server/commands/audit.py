"""`muster audit`: whether the audit trail is as it was written."""

import asyncio

import click

from actions.audit_verify import Verdict, verify
from server.startup import open_database, read_settings


@click.group()
def audit() -> None:
    """Who signed in, who was refused, and who changed what: the record of it."""


@audit.command("verify")
@click.option("--from", "after", type=click.IntRange(min=1), help="Begin after the link of this event.")
@click.option("--head", metavar="HEX", help="A digest that was printed before: it must still be part of the chain.")
def verify_chain(after: int | None, head: str | None) -> None:
    """Recompute the hash chain; exit 1 at the first event that was changed, removed or inserted.

    Keep the digest that is printed somewhere else: with --head it proves later that nothing up to it was cut off or
    written anew.
    """
    found = asyncio.run(_verify(after or 0, head.strip().lower() if head else None))
    if found.fault is not None:
        raise click.ClickException(f"The audit trail was tampered with: {found.fault}.")
    if head is not None and not found.knows_head:
        raise click.ClickException(
            "The audit trail was tampered with: the given head is no part of it, so it was cut off or written anew."
        )
    waiting = f" Not linked yet: {found.waiting}." if found.waiting else ""
    click.echo(f"The audit trail is as it was written: {found.links} events.{waiting}")
    if found.head:
        click.echo(f"Head: {found.head} (event {found.head_event})")


async def _verify(after: int, head: str | None) -> Verdict:
    async with open_database(read_settings()) as database:
        return await verify(database, after=after, head=head)
