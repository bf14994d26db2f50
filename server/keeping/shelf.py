"""Where the files of a dump stand: a folder, or one ZIP archive."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.startup import StartError

ZIP = ".zip"


class Writing:
    """Puts files into a new folder, or into a new archive if the name ends with `.zip`. OSError."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._zip = zipfile.ZipFile(place, "x", zipfile.ZIP_DEFLATED) if place.suffix == ZIP else None
        if self._zip is None:
            place.mkdir(parents=True, mode=0o700, exist_ok=False)
        else:
            place.chmod(0o600)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """A file to write, one at a time."""
        opened = self._zip.open(name, "w", force_zip64=True) if self._zip else (self._place / name).open("xb")
        with opened as file:
            yield file

    def close(self) -> None:
        """Be done."""
        if self._zip is not None:
            self._zip.close()


class Reading:
    """Reads them. StartError when there is nothing that can be read."""

    def __init__(self, place: Path) -> None:
        self._place = place
        try:
            self._zip = zipfile.ZipFile(place) if place.is_file() else None
        except (OSError, zipfile.BadZipFile) as error:
            raise StartError(f"{place} can't be read: {error}") from error

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """A file to read. StartError when it is missing or damaged."""
        try:
            opened: IO[bytes] = self._zip.open(name) if self._zip else (self._place / name).open("rb")
            with opened as file:
                yield file
        except (KeyError, FileNotFoundError) as error:
            raise StartError(f"{self._place} has no {name}: is it a dump of Muster, and whole?") from error
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise StartError(f"{name} in {self._place} can't be read: {error}") from error

    def close(self) -> None:
        """Be done."""
        if self._zip is not None:
            self._zip.close()
