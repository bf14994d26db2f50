"""`muster rules`: the routing rules as a file, to be kept where code is kept."""

import asyncio
import difflib
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rule_files import as_file, read_rules
from actions.alerts.rule_sets import apply_routing_rules
from actions.alerts.rule_versions import as_kept, exported
from actions.alerts.sources import GENERIC
from auth.actor import SYSTEM
from core.db import Within
from core.errors import DomainError
from core.yaml_files import Document, FileError
from models.alert import RoutingRule
from server.remote.desired.faults import Fault
from server.remote.options import in_json
from server.startup import open_database, read_settings

T = TypeVar("T")

FILE = click.option("-f", "--file", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def rules() -> None:
    """The routing rules of alerts as a YAML file."""


@rules.command()
@FILE
def apply(path: Path) -> None:
    """Put the rules of a file into force, and no others: all of them, or none and the error with line and column."""

    async def act(session: AsyncSession) -> str:
        document, before = _read(path), await _present(session)
        version = await _put(session, path, document)
        same = before == await _present(session)
        return f"version {version}: unchanged" if same else f"version {version}: {len(document.values['rules'])} rules"

    click.echo(_run(act, keep=True))


@rules.command()
@FILE
def diff(path: Path) -> None:
    """Show what `apply` would change. Exits with 1 if that is anything."""

    async def act(session: AsyncSession) -> list[str]:
        before = await _present(session)
        await _put(session, path, _read(path))
        after = await _present(session)
        names = ("rules (now)", str(path))
        return list(difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm=""))

    found = _run(act, keep=False)
    if found:
        click.echo("\n".join(found))
        sys.exit(1)


@rules.command()
def export() -> None:
    """Print the rules that are in force as YAML."""
    click.echo(_run(_present, keep=False), nl=False)


@rules.command("try")
@click.argument("payload", type=click.File("rb"), metavar="FILE|-")
@click.option(
    "--source",
    default=GENERIC,
    show_default=True,
    metavar="NAME|KIND",
    help="The source that would send it, or its kind.",
)
@click.option(
    "-f",
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try the rules of this file instead of those in force.",
)
@in_json
def try_(payload: IO[bytes], source: str, path: Path | None, *, as_json: bool) -> None:
    """Show which rule a payload's alerts would take, why not those before it, and what would come of it.

    The payload is what a monitor posts; without --source an alert, or a list of them, such as
    {"title": "Disk full", "labels": {"team": "web"}}. The intake itself decides, and all of it is undone.
    """
    # What tries them reads every kind of source: loaded for this command alone.
    from server.commands.rules_try import told, tried  # noqa: PLC0415

    posted = payload.read()

    async def act(session: AsyncSession) -> str:
        if path is not None:
            await _put(session, path, _read(path))
        return told(await tried(session, source, posted), as_json=as_json)

    click.echo(_run(act, keep=False))


def _run(act: Callable[[AsyncSession], Awaitable[T]], *, keep: bool) -> T:
    async def run() -> T:
        async with (
            open_database(read_settings()) as database,
            database.unit_of_work() if keep else database.rehearsal() as session,
        ):
            return await act(session)

    return asyncio.run(run())


def _read(path: Path) -> Document:
    try:
        return read_rules(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: this is no UTF-8") from error
    except FileError as error:
        raise click.ClickException(str(Fault.of(str(path), error))) from error


async def _put(session: AsyncSession, path: Path, document: Document) -> int:
    try:
        return (await apply_routing_rules(session, SYSTEM, rules=document.values["rules"])).version
    except DomainError as error:
        raise click.ClickException(str(Fault.of(str(path), document.located(error)))) from error


async def _present(session: AsyncSession) -> str:
    found = await session.scalars(select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))
    kept: list[dict[str, Any]] = [as_kept(rule) for rule in found]
    return as_file((await exported(Within(session), [kept]))[0])
