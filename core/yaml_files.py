"""Settings as YAML files: what is read knows where it stood, so that an error names line and column.

Of YAML only what settings need is taken. Aliases are refused: a few lines of them can stand for millions. So are
tags, and the guesses of YAML 1.1, by which `No` is false and 09:00 is 540 (https://yaml.org/spec/1.2.2/#103-core-schema).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from core.errors import DomainError, invalid

LONGEST = 256 * 1024
"""Characters of a file."""
MOST = 20_000
"""Events of its parser."""
DEEPEST = 30

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, from 1."""

    line: int
    column: int


class FileError(DomainError):
    """Something that is wrong in a file, and where."""

    def __init__(self, error: DomainError, place: Place) -> None:
        super().__init__(error.code, error.message, field=error.field, hint=error.hint)
        self.place = place


@dataclass(slots=True)
class Document:
    """One document of a file: an object."""

    values: dict[str, Any]
    places: dict[str, Place] = field(default_factory=dict)
    """Where each value stands, by its path (`steps.0.wait.minutes`)."""

    def located(self, error: DomainError) -> FileError:
        """An error with the place of what is at fault, or of the nearest thing around it."""
        path = (error.field or "").strip(".")
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return FileError(error, self.places.get(path) or self.places.get("") or Place(1, 1))


def read_objects(text: str, beginning: str) -> list[Document]:
    """The documents in a file, which begin with `beginning`. FileError for what is no YAML, or more than is needed."""
    if len(text) > LONGEST:
        raise FileError(invalid("", f"The file has more than {LONGEST} characters.", "Split it."), Place(1, 1))
    try:
        _look_through(text)
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        said = f"{error.problem or error.context or 'this is no YAML'}"
        raise _refused(error.problem_mark or error.context_mark, f"{said[:1].upper()}{said[1:]}.") from error
    except yaml.YAMLError as error:
        raise FileError(invalid("", f"This is no YAML: {error}.", "Save it as UTF-8."), Place(1, 1)) from error
    return [_document(node, beginning) for node in nodes if node is not None]


def _look_through(text: str) -> None:
    """Refuse what could grow, before anything is made of it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refused(event.start_mark, "Anchors and aliases are not taken: write it out.")
        if getattr(event, "tag", None) is not None:
            raise _refused(event.start_mark, "Tags are not taken: write plain values.")
        if depth > DEEPEST or count > MOST:
            raise _refused(event.start_mark, "This is more than settings need.")


def _document(node: yaml.Node, beginning: str) -> Document:
    if not isinstance(node, yaml.MappingNode):
        raise _refused(node.start_mark, f"A document is an object: it begins with {beginning}.")
    document = Document({})
    document.values = _value(node, "", document.places)
    return document


def _value(node: yaml.Node, path: str, places: dict[str, Place]) -> Any:
    places[path] = _place(node.start_mark)
    if isinstance(node, yaml.MappingNode):
        return {name: _value(value, _below(path, name), places) for name, value in _fields(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(value, _below(path, str(index)), places) for index, value in enumerate(node.value)]
    if node.style is None:
        if node.value in WORDS:
            return WORDS[node.value]
        if NUMBER.fullmatch(node.value):
            return int(node.value)
    return str(node.value)


def _fields(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refused(key.start_mark, "A name is a text.")
        if key.value in seen:
            raise _refused(key.start_mark, f"{key.value[:80]!r} stands here twice.")
        seen.add(key.value)
        yield key.value, value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def _refused(mark: Any, message: str) -> FileError:
    return FileError(invalid("", message), _place(mark))


def written_out(values: dict[str, Any]) -> str:
    """An object as YAML."""
    text: str = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110, explicit_start=True)
    return text
