"""The console's own files, named by what is in them, so that browsers may keep them for ever; compressed once."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
PATH = "/console/static"
FOR_EVER = "public, max-age=31536000, immutable"
WORDY = {".css", ".js", ".svg"}
"""Endings of files that are worth compressing."""


@cache
def versioned(name: str) -> str:
    """The address of a file, which changes with its content."""
    return f"{PATH}/{name}?v={_version(name)}"


@cache
def _version(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@cache
def _packed(name: str, coding: str) -> bytes:
    content = (FOLDER / name).read_bytes()
    return brotli.compress(content) if coding == "br" else gzip.compress(content, 9, mtime=0)


class KeptFiles(StaticFiles):
    """Files of the folder; who asks for the version that there is may keep it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        asked = scope["query_string"].decode(errors="replace").removeprefix("v=")
        known = Path(path).suffix in WORDY and (FOLDER / path).is_file() and ".." not in path
        if not known or scope["method"] != "GET" or asked != _version(path):
            return await super().get_response(path, scope)
        taken = Headers(scope=scope).get("accept-encoding", "").lower()
        coding = next((each for each in ("br", "gzip") if each in taken), None)
        content = (FOLDER / path).read_bytes() if coding is None else _packed(path, coding)
        told = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        answer = Response(content, headers=told, media_type=mimetypes.guess_type(path)[0])
        if coding is not None:
            answer.headers["Content-Encoding"] = coding
        return answer
