"""`muster token`: bearer tokens, made, listed, rotated and ended beside a running server. A secret is printed once."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import now
from actions.token_bounds import read_bounds
from actions.tokens import LONGEST_OVERLAP, OVERLAP, grant_token, revoke_token, rotate_token
from auth.actor import SYSTEM
from auth.scope import Scope
from core.ids import encode
from models.access import AccessToken, ServiceAccount, good_tokens
from models.person import User
from models.words import AccessRole
from server.commands.access import in_unit_of_work, user_by_email

SPAN = re.compile(r"([1-9][0-9]{0,5})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Span(click.ParamType[timedelta]):
    """A length of time: `90m`, `12h`, `30d`."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length, or a usage error."""
        found = SPAN.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(f"{str(value)[:40]!r} is no length of time: write 90m, 12h or 30d.", param, ctx)
        return timedelta(**{UNITS[found[2]]: int(found[1])})


@click.group()
def token() -> None:
    """Bearer tokens for scripts."""


@token.command("create")
@click.option("--name", required=True, help="What it is for; shown in the audit.")
@click.option("--role", required=True, type=click.Choice([role.lower() for role in AccessRole], case_sensitive=False))
@click.option(
    "--user", metavar="EMAIL", help="Act as this person, who may not be exceeded. Default: a service account."
)
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help=f"Narrow it: {', '.join(Scope)}. Repeatable.")
@click.option("--expires-in", type=Span(), help="How long it is good: 90m, 12h, 30d. Default: with --user 90d.")
@click.option("--network", "networks", multiple=True, metavar="CIDR", help="Good from here only. Repeatable.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a GraphQL document that it may send, to the letter; no others then. Repeatable.",
)
def create_token(
    name: str,
    role: str,
    user: str | None,
    scopes: tuple[str, ...],
    expires_in: timedelta | None,
    networks: tuple[str, ...],
    documents: tuple[Path, ...],
) -> None:
    """Make a token and print it as the last line. It is shown only now."""
    digests = [hashlib.sha256(document.read_bytes()).hexdigest() for document in documents]

    async def act(session: AsyncSession) -> str:
        bounds = read_bounds(
            AccessRole(role.upper()),
            now=now(session),
            scopes=scopes or None,
            networks=networks or None,
            documents=digests or None,
            expires_at=now(session) + expires_in if expires_in else None,
        )
        called = check.text(name, "name", limit=check.TITLE)
        person = await user_by_email(session, user) if user else None
        return (await grant_token(session, SYSTEM, called, bounds, user=person))[1]

    click.echo(in_unit_of_work(act))


@token.command("list")
def list_tokens() -> None:
    """List the tokens that are good, the newest first: id, whose, what for, how far it reaches."""
    for line in in_unit_of_work(_lines):
        click.echo(line)


@token.command("revoke")
@click.argument("id")
def end_token(id: str) -> None:  # noqa: A002 (what the usage calls it)
    """End a token at once, by its id in `muster token list`."""

    async def act(session: AsyncSession) -> str:
        return (await revoke_token(session, SYSTEM, token=id)).name

    click.echo(f"The token “{in_unit_of_work(act)}” has ended.")


@token.command("rotate")
@click.argument("id")
@click.option(
    "--overlap",
    type=click.IntRange(0, LONGEST_OVERLAP),
    default=OVERLAP,
    show_default=True,
    metavar="MINUTES",
    help="For how long the old one is still good.",
)
def successor(id: str, overlap: int) -> None:  # noqa: A002
    """Give a token a successor with the same bounds, and print it as the last line. It is shown only now."""

    async def act(session: AsyncSession) -> str:
        return (await rotate_token(session, SYSTEM, token=id, overlap_minutes=overlap))[1]

    click.echo(in_unit_of_work(act))


async def _lines(session: AsyncSession) -> list[str]:
    found = await session.execute(
        select(AccessToken, User.name, ServiceAccount.name)
        .outerjoin(User, User.id == AccessToken.user_id)
        .outerjoin(ServiceAccount, ServiceAccount.id == AccessToken.service_account_id)
        .where(good_tokens(now(session)))
        .order_by(AccessToken.id.desc())
    )
    told = (_columns(row, person or account or "") for row, person, account in found)
    return ["\t".join(_plain(column) for column in columns) for columns in told]


def _plain(text: str) -> str:
    """A text that can neither end its column nor command a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _columns(row: AccessToken, owner: str) -> list[str]:
    """What is told of a token, for people and `cut`."""
    bounds = [*(row.scopes or ()), *(row.networks or ())]
    if row.documents is not None:
        bounds.append(f"{len(row.documents)} documents")
    return [
        encode("Token", row.id),
        f"…{row.hint or ''}",
        owner,
        row.name,
        " ".join([row.access_role.lower(), *bounds]),
        f"expires {_moment(row.expires_at)}",
        f"used {_moment(row.last_used_at)} {row.last_used_address or ''}".rstrip(),
    ]


def _moment(value: datetime | None) -> str:
    return "never" if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z"
