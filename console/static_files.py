"""The console's own files, named by what is in them, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"
PATH = "/console/static"
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def versioned(name: str) -> str:
    """The address of a file, which changes with its content."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{PATH}/{name}?v={digest}"


class KeptFiles(StaticFiles):
    """Files of the folder; who asks for the version that there is may keep it."""

    async def get_response(self, path: str, scope: dict) -> Response:  # type: ignore[type-arg, override]
        """The file, or 404."""
        answer = await super().get_response(path, scope)
        asked = Request(scope).query_params.get("v")
        if answer.status_code == 200 and asked and versioned(path).endswith(f"?v={asked}"):  # noqa: PLR2004 (OK)
            answer.headers["Cache-Control"] = FOR_EVER
        return answer
