"""What a backup says of itself: `manifest.json`, beside the files that it vouches for."""

import hashlib
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Self

import orjson

from server.startup import StartError

FILE = "manifest.json"
FORMAT = "muster-backup"
VERSION = 1


class How(StrEnum):
    """FILES: the files of the embedded PostgreSQL with the log that they need. DUMP: an archive of pg_dump."""

    FILES = "files"
    DUMP = "dump"


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that must be known before a backup is put back. Times are ISO 8601 in UTC."""

    how: How
    schema: str
    """The newest migration that was in it."""
    postgresql: str
    newest_event: int
    """Everything up to this event is in it."""
    era: int
    """How many eras the feed had (ADR 0007)."""
    began_at: datetime
    ended_at: datetime
    key: bool
    """Whether the key that seals secrets is in it."""
    bytes: int
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of files, by path. Most of `data` is in PostgreSQL's own list, data/backup_manifest, which is here."""
    muster: str = version("muster")
    format: str = FORMAT
    format_version: int = VERSION

    def write(self, folder: Path) -> None:
        """Put it into the folder of its backup."""
        (folder / FILE).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2) + b"\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The one of a folder. StartError when there is none, or it can't be read, or a newer Muster wrote it."""
        try:
            said = orjson.loads((folder / FILE).read_bytes())
        except FileNotFoundError as error:
            raise StartError(f"{folder} is no backup of Muster: it has no {FILE}") from error
        except (OSError, ValueError) as error:
            raise StartError(f"the backup is damaged: {folder / FILE} can't be read ({error})") from error
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise StartError(f"{folder / FILE} is not of a backup of Muster")
        if said.get("format_version") != VERSION:
            raise StartError(
                f"the backup has format {said.get('format_version')}, this Muster reads {VERSION}:"
                f" use the Muster that made it ({said.get('muster')}), or a newer one"
            )
        try:
            known = {each.name: said[each.name] for each in fields(cls)}
            times = {name: datetime.fromisoformat(known[name]) for name in ("began_at", "ended_at")}
            return cls(**{**known, **times, "how": How(known["how"]), "files": dict(known["files"])})
        except (KeyError, TypeError, ValueError) as error:
            raise StartError(f"the backup is damaged: {folder / FILE} lacks {error}") from error

    @property
    def major(self) -> str:
        """The major version of the PostgreSQL that it was taken from."""
        return re.split(r"\D", self.postgresql, maxsplit=1)[0]


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def check(folder: Path, manifest: Manifest) -> None:
    """Compare what the manifest vouches for. StartError names the first file that is gone or damaged."""
    for name, expected in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise StartError(f"the backup is damaged: {file} is missing")
        if digest(file) != expected:
            raise StartError(f"the backup is damaged: {file} is not as it was written")
