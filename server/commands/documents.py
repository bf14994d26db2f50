"""`muster documents`: GraphQL documents that are trusted, registered beside a running server."""

import json
from pathlib import Path

import click
from graphql import GraphQLError, OperationDefinitionNode, parse
from sqlalchemy.ext.asyncio import AsyncSession

from actions.documents import digest_of, distrust_document, list_documents, trust_document
from auth.actor import SYSTEM
from server.commands.access import in_unit_of_work

UNNAMED = "unnamed"
OPERATIONS = ("query", "mutation", "subscription", "{")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def documents() -> None:
    """GraphQL documents that are trusted: sent by digest, named in metrics, and if you like the only ones."""


@documents.command("add")
@click.argument("files", nargs=-1, type=FILE)
@click.option("--own", is_flag=True, help="Add what the commands of `muster` send: they work beside enforcement then.")
def add(files: tuple[Path, ...], *, own: bool) -> None:
    """Register documents, and print the digest and the name of each.

    A file is a document to the letter (.graphql), or a manifest that a build made (.json): Apollo's
    (`{"operations": [{"id", "name", "body"}]}`) or Relay's (`{"digest": "text"}`). All are registered, or none.
    """
    if not files and not own:
        raise click.UsageError("name files with documents, or --own")
    wanted = [each for file in files for each in read(file)] + (_own() if own else [])
    for name, body in wanted:
        check(name, body)

    async def act(session: AsyncSession) -> list[str]:
        lines = []
        for name, body in wanted:
            made = await trust_document(session, SYSTEM, name=name, body=body)
            lines.append(f"{digest_of(body)}\t{name}" + ("" if made else "\tregistered already"))
        return lines

    for line in in_unit_of_work(act):
        click.echo(line)


@documents.command("list")
def list_all() -> None:
    """List the documents that are registered: digest, name, since when."""

    async def act(session: AsyncSession) -> list[str]:
        return [f"{each.digest}\t{each.name}\t{each.created_at:%Y-%m-%d}" for each in await list_documents(session)]

    for line in in_unit_of_work(act):
        click.echo(line)


@documents.command("remove")
@click.argument("digest")
def remove(digest: str) -> None:
    """Take a document back, by its digest or how that begins."""

    async def act(session: AsyncSession) -> str:
        return (await distrust_document(session, SYSTEM, digest=digest.lower())).name

    click.echo(f"The document “{in_unit_of_work(act)}” is trusted no more.")


def read(file: Path) -> list[tuple[str, str]]:
    """The documents of a file, with their names. ClickException for what is neither document nor manifest."""
    try:
        text = file.read_bytes().decode()
        if file.suffix != ".json":
            return [(name_of(text) or file.stem, text)]
        manifest = json.loads(text)
        operations = manifest.get("operations")
        if operations is None:
            found = [(digest, name_of(body) or UNNAMED, body) for digest, body in manifest.items()]
        else:
            found = [
                (each["id"], each.get("name") or name_of(each["body"]) or UNNAMED, each["body"]) for each in operations
            ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{file} is no document and no manifest: {error}") from error
    for digest, name, body in found:
        if digest != digest_of(body):
            raise click.ClickException(
                f"{file}: {str(digest)[:80]!r} is not the SHA-256 of {name}. Build it with SHA-256."
            )
    return [(name, body) for _, name, body in found]


def name_of(text: str) -> str:
    """The name of a document's first operation that has one; empty if it has none, or is no document."""
    try:
        named = [d.name.value for d in parse(text).definitions if isinstance(d, OperationDefinitionNode) and d.name]
    except (GraphQLError, RecursionError):  # what is wrong with it, `check` says
        return ""
    return named[0] if named else ""


def check(name: str, body: str) -> None:
    """ClickException for a document that this version's schema does not take."""
    from schema.errors import Refused  # noqa: PLC0415 (the schema takes a second to build)
    from schema.execution import documents as known  # noqa: PLC0415

    try:
        known.read(body)
    except Refused as error:
        raise click.ClickException(f"{name}: {error}") from error


def _own() -> list[tuple[str, str]]:
    """What the commands of this version send."""
    from server.remote import documents as ours  # noqa: PLC0415

    found = [(name, body) for name, body in vars(ours).items() if name.isupper() and isinstance(body, str)]
    return [(f"muster.{name.lower()}", body) for name, body in found if body.lstrip().startswith(OPERATIONS)]
