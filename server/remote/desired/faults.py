"""What is wrong in files, each with file, line and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import click

from core.yaml_files import FileError, Place
from server.remote.failures import REFUSED, USAGE, RemoteError
from server.remote.plain import printable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    path: str
    place: Place
    message: str
    field: str | None = None
    hint: str | None = None

    @classmethod
    def of(cls, path: str, error: FileError) -> "Fault":
        """A fault of a file that was read."""
        return cls(path, error.place, error.message, error.field or None, error.hint)

    def __str__(self) -> str:
        return f"{self.path}:{self.place.line}:{self.place.column}: {self.message} {self.hint or ''}".strip()

    def as_values(self) -> dict[str, Any]:
        """As JSON has it."""
        place = {"file": self.path, "line": self.place.line, "column": self.place.column}
        return {**place, "message": self.message, "field": self.field, "hint": self.hint}


class FaultyFilesError(RemoteError):
    """Something is wrong in files, and nothing was sent."""

    exit_code = USAGE

    def __init__(self, faults: Sequence[Fault], *, code: str = "USAGE", **more: Any) -> None:
        found = sorted(faults, key=lambda each: (each.path, each.place.line, each.place.column))
        told = "\n".join(str(fault) for fault in found)
        super().__init__(told, code=code, places=[fault.as_values() for fault in found], **more)

    def show(self, file: IO[Any] | None = None) -> None:
        """Tell it on standard error: one line for each, as editors read them."""
        if self.as_json:
            super().show(file)
        else:
            click.echo(printable(self.message), file=file, err=True)


class RefusedFilesError(FaultyFilesError):
    """The server refused what stands in a file; `applied` has what was saved before."""

    exit_code = REFUSED
