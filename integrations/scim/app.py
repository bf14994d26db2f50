"""`/scim/v2/…`: SCIM 2.0 for a company's directory (RFC 7643, RFC 7644; docs/guides/scim.md, ADR 0014).

The models of SCIM take most of a second to load, and few installations have a directory: they are loaded by the first
request, beside the event loop.
"""

import asyncio
from importlib import import_module

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.use import Uses
from core.runtime import Runtime
from integrations.scim.addresses import ADDRESSES, PREFIX


class Ajar:
    """One address of the door, which opens when somebody knocks."""

    def __init__(self, runtime: Runtime, uses: Uses, path: str) -> None:
        self._runtime, self._uses, self._path = runtime, uses, path
        self._door: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._door is None:
            await asyncio.to_thread(import_module, "integrations.scim.handlers")
            self._door = self._open()
        await self._door(scope, receive, send)

    def _open(self) -> ASGIApp:
        from integrations.scim.door import Door  # noqa: PLC0415 (see above)
        from integrations.scim.handlers import HANDLERS  # noqa: PLC0415

        return Door(self._runtime, self._uses, f"{PREFIX}{self._path}", HANDLERS[self._path])


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of the directory's door."""
    uses = Uses(runtime)
    return [Route(f"{PREFIX}{path}", Ajar(runtime, uses, path)) for path in ADDRESSES]
