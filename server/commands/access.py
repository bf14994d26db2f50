"""`muster source`, `muster link`: credentials, made beside a running server, printed once (`muster token`: tokens)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.sources import EMAIL, KINDS, create_alert_source, hook_address
from actions.sign_in import FIRST_ADMIN, create_sign_in_link
from auth.actor import SYSTEM
from core.errors import not_found
from models.person import User
from server.startup import open_database, read_settings

T = TypeVar("T")


def in_unit_of_work(act: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Carry something out in one transaction on the configured database."""

    async def run() -> T:
        async with open_database(read_settings()) as database, database.unit_of_work() as session:
            return await act(session)

    return asyncio.run(run())


async def user_by_email(session: AsyncSession, email: str) -> User:
    """The person with an e-mail address, any case."""
    user = await session.scalar(select(User).where(func.lower(User.email) == email.lower()))
    if user is None or user.archived:
        raise not_found("user", "user with the address", email)
    return user


@click.group()
def source() -> None:
    """Alert sources."""


@source.command("create")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--name", required=True, help="How it is called on the timeline.")
def create_source(kind: str, name: str) -> None:
    """Make an alert source and print the URL of its hook, or its mail address, as the last line, only this once."""
    settings = read_settings()

    async def act(session: AsyncSession) -> str:
        return hook_address(*await create_alert_source(session, SYSTEM, kind=kind, name=name), settings)

    if kind == EMAIL and settings.smtp_listen is None:
        click.echo("Nobody listens for mail yet: set MUSTER_SMTP_LISTEN=host:port for `muster api`.", err=True)
    click.echo(in_unit_of_work(act))


@click.group()
def link() -> None:
    """One-time sign-in links."""


@link.command("create")
@click.option("--user", metavar="EMAIL", default=FIRST_ADMIN, show_default=True)
def create_link(user: str) -> None:
    """Make a link that signs a person in once, within 24 hours, and print it as the last line."""

    async def act(session: AsyncSession) -> str:
        return await create_sign_in_link(session, SYSTEM, await user_by_email(session, user))

    click.echo(f"{read_settings().base_url}/auth/link/{in_unit_of_work(act)}")
