"""What pages were rendered from, in a file: a process that starts while the database is gone goes on from there."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from core.settings import Settings
from statuspage import matter
from statuspage.bundle import Bundle
from statuspage.read import Site

MATTER = "matter.json"
COPY = "statuspage"
"""The folder of the copy in the data folder."""

log = logging.getLogger(__name__)


def keep(path: Path, bundle: Bundle) -> None:
    """Write the matter of a bundle, whole or not at all. Readable by the same user only: no web server needs it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    lines = (orjson.dumps(address) + b":" + content for address, content in bundle.matter.items())
    try:
        with beside.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(b"{" + b",\n".join(lines) + b"}")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def places(settings: Settings) -> list[Path]:
    """Where a copy may be: in the data folder, and in the folder of the export."""
    found = [settings.data_dir / COPY / MATTER]
    folder = settings.export_folder
    return [*found, folder / MATTER] if folder else found


class Kept:
    """Reads the newest copy, when it is needed and whenever it has changed."""

    def __init__(self, where: Sequence[Path]) -> None:
        self._where = where
        self._read: tuple[Path, int] | None = None
        self._sites: dict[str, Any] = {}

    @property
    def there(self) -> bool:
        """Whether there is any copy."""
        return self._newest() is not None

    def site(self, address: str) -> Site | None:
        """The matter of a page as it was last published; None where nothing was kept of it, or nothing can be read."""
        newest = self._newest()
        try:
            if newest is not None and newest != self._read:
                self._sites, self._read = orjson.loads(newest[0].read_bytes()), newest
            found = self._sites.get(address) if newest else None
            return matter.loaded(orjson.dumps(found)) if found else None
        except (OSError, ValueError, ValidationError, AttributeError) as error:
            log.warning(
                "the copy of the status page in %s can't be used: %s", newest and newest[0], type(error).__name__
            )
            return None

    def _newest(self) -> tuple[Path, int] | None:
        stamped = []
        for path in self._where:
            try:
                stamped.append((path.stat().st_mtime_ns, path))
            except OSError:
                continue
        return (max(stamped)[1], max(stamped)[0]) if stamped else None
