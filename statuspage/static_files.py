"""The style sheet and the icon, read once, named by what is in them, so that caches may keep them for ever."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/status/"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file and the path that it is served under."""

    path: str
    content: bytes
    media_type: str


def _load(name: str) -> StaticFile:
    content = (FOLDER / name).read_bytes()
    stem, suffix = Path(name).stem, Path(name).suffix
    digest = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(f"{PREFIX}{stem}.{digest}{suffix}", content, TYPES[suffix])


STYLE = _load("muster.css")
FAVICON = _load("favicon.svg")
FILES = {file.path: file for file in (STYLE, FAVICON)}
