"""Reading the files of `muster apply`: which there are, and what each document in them wants."""

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DomainError, invalid
from core.yaml_files import Document, FileError, read_objects
from server.remote.desired.faults import Fault, FaultyFilesError
from server.remote.desired.kinds import (
    COMPONENT,
    FACTOR_KIND,
    PERSON,
    POSTMORTEM_TEMPLATE,
    ROLE,
    ROUTING_RULE,
    RUNBOOK,
    SERVICE,
    SEVERITY,
    TEAM,
    UPDATE_TEMPLATE,
    Kind,
)
from server.remote.desired.paging import ESCALATION_POLICY
from server.remote.desired.schedule import SCHEDULE
from server.remote.desired.workflow import DEEPEST, WORKFLOW
from server.remote.failures import FaultyError

KINDS = {
    kind.name: kind
    for kind in (
        *(PERSON, TEAM, ROLE, SEVERITY, COMPONENT, SCHEDULE, ESCALATION_POLICY, SERVICE, RUNBOOK, ROUTING_RULE),
        *(UPDATE_TEMPLATE, POSTMORTEM_TEMPLATE, FACTOR_KIND, WORKFLOW),
    )
}
"""In the order in which they are saved: what refers comes after what it refers to."""

WORDS = {str: "a text", bool: "true or false", int: "a number", list: "a list", dict: "an object"}
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a document wants a thing to be."""

    path: str
    document: Document
    kind: Kind

    @property
    def key(self) -> str:
        """Which thing it is about."""
        return str(self.document.values[self.kind.key])

    @property
    def values(self) -> dict[str, Any]:
        """Its fields."""
        return {name: value for name, value in self.document.values.items() if name != "kind"}

    def fault(self, error: DomainError) -> Fault:
        """An error about a field, with its place."""
        return Fault.of(self.path, self.document.located(error))


def read_files(given: Sequence[str]) -> list[Wanted]:
    """What files, folders (all YAML below them) and `-` want, in the order in which it is saved.

    FaultyFilesError with everything that is wrong in them.
    """
    return read_texts(_texts(given))


def read_texts(given: Iterable[tuple[str, str]]) -> list[Wanted]:
    """The same of texts, each with the path that is told of it."""
    faults: list[Fault] = []
    found: list[Wanted] = []
    for path, text in given:
        try:
            documents = read_objects(text, "`kind:`")
        except FileError as error:
            faults.append(Fault.of(path, error))
            continue
        for document in documents:
            try:
                found.append(Wanted(path, document, _kind(document)))
            except FileError as error:
                faults.append(Fault.of(path, error))
    for each in found:
        faults += [each.fault(error) for error in _wrong(each)]
    faults += _twice([each for each in found if isinstance(each.document.values.get(each.kind.key), str)])
    if faults:
        raise FaultyFilesError(faults)
    order = list(KINDS)
    return sorted(found, key=lambda each: order.index(each.kind.name))


def _texts(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in given:
        if name == "-":
            yield "standard input", sys.stdin.read()
            continue
        paths = _below(Path(name)) if Path(name).is_dir() else [Path(name)]
        if not paths:
            raise FaultyError(f"There is no YAML file in {name}.", code="USAGE", field="file")
        for path in paths:
            try:
                yield str(path), path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise FaultyError(f"{path} is no UTF-8.", code="USAGE", field="file") from error
            except OSError as error:
                raise FaultyError(f"Can't read {path}: {error.strerror}.", code="USAGE", field="file") from error


def _below(folder: Path) -> list[Path]:
    """The YAML files in a folder and below it, but for hidden ones."""
    found = (path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _kind(document: Document) -> Kind:
    said = document.values.get("kind")
    if said is None and ("trigger" in document.values or "steps" in document.values):
        return WORKFLOW  # as `muster workflows export` writes them
    if isinstance(said, str) and said in KINDS:
        return KINDS[said]
    if said is None:
        message, hint = "A document needs a kind.", f"Begin with `kind:` and one of {', '.join(KINDS)}."
    else:
        near = difflib.get_close_matches(str(said), KINDS, n=1)
        message, hint = f"There is no kind {str(said)[:80]!r}.", f"There are {', '.join(KINDS)}."
        hint = f"Did you mean {near[0]}?" if near else hint
    raise document.located(invalid("kind", message, hint))


def _wrong(wanted: Wanted) -> Iterator[DomainError]:
    """What is wrong in a document by itself."""
    fields = wanted.kind.fields
    for name, value in wanted.values.items():
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"It has {', '.join(fields)}."
            yield invalid(name, f"A {wanted.kind.name} has no field {name[:80]!r}.", hint)
        elif value is not None and type(value) is not fields[name].type:
            yield invalid(name, f"This is not {WORDS[fields[name].type]}.", "Quote it." * (fields[name].type is str))
    if not isinstance(wanted.document.values.get(wanted.kind.key), str):
        yield invalid(
            wanted.kind.key, f"A {wanted.kind.name} is found by its {wanted.kind.key}, which is missing here."
        )
    if wanted.kind is WORKFLOW and _depth(wanted.values.get("conditions")) > DEEPEST:
        yield invalid("conditions", f"Conditions stand at most {DEEPEST} deep in files that are applied.")


def _depth(conditions: Any) -> int:
    if isinstance(conditions, list):
        return max(map(_depth, conditions), default=0)
    if not isinstance(conditions, dict):
        return 0
    inner = (conditions.get(name) for name in ("all", "any", "none"))
    return 1 + max(map(_depth, inner), default=0)


def _twice(found: Sequence[Wanted]) -> Iterator[Fault]:
    """Documents about what another one before them is about."""
    first: dict[tuple[str, str], Wanted] = {}
    for each in found:
        before = first.setdefault((each.kind.name, each.key), each)
        if before is not each:
            place = before.document.places[""]
            yield each.fault(
                invalid(
                    each.kind.key,
                    f"{each.kind.name} {each.key} stands twice.",
                    f"It is also in {before.path}, line {place.line}.",
                )
            )
