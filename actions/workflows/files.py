"""Workflows as YAML files (core.yaml_files)."""

from typing import Any

from core.errors import DomainError, invalid
from core.yaml_files import Document as Placed
from core.yaml_files import FileError, read_objects

OWN = {"key": str, "name": str, "enabled": bool, "archived": bool}
"""What of a document belongs to the workflow itself, and what it is; the rest is its definition."""


KIND = "Workflow"


class Document(Placed):
    """A workflow as it stands in a file."""

    @property
    def own(self) -> dict[str, Any]:
        """What belongs to the workflow itself."""
        return {name: self.values[name] for name in OWN if name in self.values}

    @property
    def definition(self) -> dict[str, Any]:
        """What it does."""
        return {name: value for name, value in self.values.items() if name not in OWN}

    def located(self, error: DomainError) -> FileError:
        """An error with its place; fields of the definition are those of the file."""
        path = (error.field or "").removeprefix("definition").strip(".")
        return super().located(DomainError(error.code, error.message, field=path, hint=error.hint))


def read_documents(text: str) -> list[Document]:
    """The workflows in a file. FileError for what is no YAML, or more of it than a workflow needs."""
    return [_document(found) for found in read_objects(text, "`key:`")]


def _document(found: Placed) -> Document:
    """`kind: Workflow` may stand there: `muster apply` reads the same files."""
    kind = found.values.get("kind", KIND)
    if kind != KIND:
        raise found.located(invalid("kind", f"This is no {KIND}.", "`muster apply` takes files of other kinds."))
    document = Document({name: value for name, value in found.values.items() if name != "kind"}, found.places)
    for name, kind in OWN.items():
        if name in document.values and not isinstance(document.values[name], kind):
            wanted = "a text" if kind is str else "true or false"
            raise document.located(invalid(name, f"This is not {wanted}."))
    return document
