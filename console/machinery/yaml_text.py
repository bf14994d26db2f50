"""A workflow as the text that admins edit: written out with names, read with line and column of all that is wrong."""

from collections.abc import Awaitable
from typing import Any, NamedTuple, TypeVar

from actions.workflows.definition import plain, readable, written
from actions.workflows.files import Document, read_documents
from actions.workflows.problems import ProblemsError
from core.db import Reader
from core.errors import DomainError, invalid
from core.yaml_files import FileError, written_out
from models.workflow import WorkflowVersion

T = TypeVar("T")
FIELD = "definition"

SAMPLE = """\
description: Ask for a look at the customers once it is bad.
trigger:
  events: [incident.declared, incident.severity_changed]
conditions:
  severities: [SEV1]
steps:
  - add_tasks:
      titles: [Say what customers notice, Find out what changed last]
  - wait: {minutes: 10}
  - ask:
      question: Do customers have to know?
      choices: [Yes, No]
      minutes: 15
limit: 1
"""


class Problem(NamedTuple):
    """Something that is wrong, and where it stands in the text."""

    line: int
    column: int
    message: str
    hint: str | None


class TextError(DomainError):
    """A refusal of the text, with everything that is wrong in it."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        number = len(problems)
        said = f"Line {first.line}, column {first.column}: {first.message}"
        more = "" if number == 1 else f" ({number} things are wrong; all are listed.)"
        error = invalid(FIELD, said + more, first.hint)
        super().__init__(error.code, error.message, field=error.field, hint=error.hint)
        self.problems = problems


def read_text(text: str) -> Document:
    """The one workflow in a text, without what belongs to it as a whole (its key, name, whether it is on).

    TextError for what is no YAML, for several or no documents, and for fields that have forms of their own.
    """
    try:
        documents = read_documents(text)
    except FileError as error:
        raise TextError([_problem(error)]) from error
    if len(documents) != 1:
        raise TextError([Problem(1, 1, "This must be one workflow.", "Write its trigger and steps.")])
    own = sorted(documents[0].own)
    if own:
        elsewhere = invalid(own[0], f"`{own[0]}` is not kept here.", "It has a form of its own: leave it out.")
        raise TextError([_problem(documents[0].located(elsewhere))])
    return documents[0]


async def located(document: Document, doing: Awaitable[T]) -> T:
    """Carry something out with a document; what is wrong with its definition is a TextError."""
    try:
        return await doing
    except DomainError as error:
        problems = error.problems if isinstance(error, ProblemsError) else (error,)
        if not all((each.field or "").startswith(FIELD) for each in problems):
            raise
        found = sorted({_problem(document.located(each)) for each in problems}, key=lambda each: each[:2])
        raise TextError(found) from error


def _problem(error: FileError) -> Problem:
    return Problem(error.place.line, error.place.column, error.message, error.hint)


async def text_of(reader: Reader, version: WorkflowVersion) -> str:
    """What a version does, as YAML with names. One that this version of Muster can't read is written as it is kept."""
    found = readable(version.definition)
    values: dict[str, Any] = version.definition if found is None else plain(await written(reader, found))
    return written_out(values).removeprefix("---\n")
