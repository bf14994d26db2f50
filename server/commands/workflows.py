"""`muster workflows`: workflows as files, to be kept where code is kept."""

import asyncio
import difflib
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import integrations.adaptors  # noqa: F401 (what integrations can do is known once their adaptors are loaded)
from actions.workflows.definition import plain, problem_of, read_definition, stored, written
from actions.workflows.files import Document, read_documents
from actions.workflows.problems import ProblemsError
from actions.workflows.saving import save_workflow
from auth.actor import SYSTEM
from core.db import Within
from core.errors import DomainError
from core.ids import encode
from core.yaml_files import FileError, written_out
from models.workflow import Workflow, WorkflowVersion
from server.remote.desired.faults import Fault
from server.startup import open_database, read_settings

T = TypeVar("T")

FILE = click.option(
    "-f", "--file", "files", multiple=True, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group()
def workflows() -> None:
    """Workflows as YAML files."""


@workflows.command()
@FILE
def apply(files: Sequence[Path]) -> None:
    """Save the workflows of files, by their keys: all of them, or none and every error with line and column."""

    async def act(session: AsyncSession) -> list[str]:
        said = []
        for path, document in _read(files):
            with_id = await _known(session, document)
            before = with_id.current_version_id if with_id else None
            given: dict[str, Any] = {"id": encode("Workflow", with_id.id)} if with_id else {}
            row = await _located(
                path, document, save_workflow(session, SYSTEM, **given, **document.own, definition=document.definition)
            )
            new = "added" if before is None else "unchanged" if before == row.current_version_id else "changed"
            said.append(f"{row.key}: {new}")
        return said

    click.echo("\n".join(_run(act, keep=True)))


@workflows.command()
@FILE
def diff(files: Sequence[Path]) -> None:
    """Show what `apply` would change. Exits with 1 if that is anything."""

    async def act(session: AsyncSession) -> list[str]:
        said: list[str] = []
        for path, document in _read(files):
            row = await _known(session, document)
            before = await _exported(session, row) if row else ""
            definition = await _located(path, document, read_definition(session, document.definition))
            whole = {**_own(row), **document.own, **plain(await written(Within(session), definition))}
            after = written_out(whole)
            names = (f"{document.values.get('key')} (now)", str(path))
            said += difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
        return said

    found = _run(act, keep=False)
    if found:
        click.echo("\n".join(found))
        sys.exit(1)


@workflows.command()
@click.argument("keys", nargs=-1)
def export(keys: Sequence[str]) -> None:
    """Print workflows in use as YAML: those with these keys, or all.

    One that this version can't read is named, the others are printed all the same, and it exits with 1.
    """

    async def act(session: AsyncSession) -> tuple[list[str], list[str]]:
        query = select(Workflow).where(Workflow.archived_at.is_(None)).order_by(Workflow.key)
        rows = list(await session.scalars(query.where(Workflow.key.in_(keys)) if keys else query))
        missing = sorted(set(keys) - {row.key for row in rows})
        if missing:
            raise click.ClickException(f"there is no workflow {missing[0]!r}")
        wrong = {row.key: problem for row in rows if (problem := await _problem(session, row)) is not None}
        read = [await _exported(session, row) for row in rows if row.key not in wrong]
        return read, [f"{key}: {problem}" for key, problem in wrong.items()]

    found, wrong = _run(act, keep=False)
    click.echo("".join(found), nl=False)
    if wrong:
        raise click.ClickException("\n".join(wrong))


def _run(act: Callable[[AsyncSession], Awaitable[T]], *, keep: bool) -> T:
    async def run() -> T:
        async with (
            open_database(read_settings()) as database,
            database.unit_of_work() if keep else database.rehearsal() as session,
        ):
            return await act(session)

    return asyncio.run(run())


def _read(files: Sequence[Path]) -> list[tuple[Path, Document]]:
    found = []
    for path in files:
        try:
            found += [(path, document) for document in read_documents(path.read_text())]
        except UnicodeDecodeError as error:
            raise click.ClickException(f"{path}: this is no UTF-8") from error
        except FileError as error:
            raise click.ClickException(_line(path, error)) from error
    return found


async def _located(path: Path, document: Document, doing: Awaitable[T]) -> T:
    """Carry something out; what is wrong is told with its places in the file."""
    try:
        return await doing
    except DomainError as error:
        problems = error.problems if isinstance(error, ProblemsError) else (error,)
        lines = sorted(
            (document.located(each) for each in problems), key=lambda each: (each.place.line, each.place.column)
        )
        raise click.ClickException("\n".join(_line(path, each) for each in lines)) from error


def _line(path: Path, error: FileError) -> str:
    return str(Fault.of(str(path), error))


async def _known(session: AsyncSession, document: Document) -> Workflow | None:
    """The workflow with the key of a document; one in use, if there are several."""
    query = select(Workflow).where(Workflow.key == str(document.values.get("key")))
    return await session.scalar(query.order_by(Workflow.archived_at.is_not(None), Workflow.id.desc()).limit(1))


async def _problem(session: AsyncSession, row: Workflow) -> str | None:
    version = await session.get_one(WorkflowVersion, row.current_version_id)
    return problem_of(version.definition)


async def _exported(session: AsyncSession, row: Workflow) -> str:
    version = await session.get_one(WorkflowVersion, row.current_version_id)
    values = plain(await written(Within(session), stored(version.definition)))
    return written_out({**_own(row), **values})


def _own(row: Workflow | None) -> dict[str, Any]:
    if row is None:
        return {}
    own: dict[str, Any] = {"key": row.key, "name": row.name}
    return own if row.enabled else {**own, "enabled": False}
