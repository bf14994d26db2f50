"""Where heartbeats report: `/hooks/heartbeats/{key}`, with `/fail` or an exit status behind it, by GET, HEAD or POST.

As https://healthchecks.io/docs/http_api/ has it (its pinging API), so that what reports there reports here by another
address. What a failure is posted with is kept with its alert; all other bodies are passed over.
"""

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from actions.alerts.loose import no_nul
from actions.heartbeats.reporting import heartbeat_of, report
from auth.actor import ANONYMOUS
from auth.secret import HOOK_KEY, well_formed
from core.client import Client
from core.errors import ErrorCode
from core.runtime import Runtime
from integrations.hooks import WAITING, Gate, come_again
from integrations.refusal import Reason, Refusal

SAID = 2_000
"""Bytes of a body that are kept; whatever comes after them is not read."""
SAID_SECONDS = 5
"""How long they may take to arrive: a report counts without them."""
FAIL = "fail"
STATUSES = 256
"""Exit statuses are 0 to 255 (POSIX); 0 is well."""


class HeartbeatHook:
    """The doorway of all heartbeats, with a gate of its own: monitors that fire don't shut it."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._refusals = runtime.refusals
        running = max(runtime.settings.pool_size // 2, 1)
        self._gate = Gate(running, WAITING * running)

    async def receive(self, request: Request) -> Response:
        """200 once the report is written, or a refusal with nothing of it."""
        try:
            key = request.path_params["key"]
            async with self._gate.passed(), come_again():
                found = await heartbeat_of(self._database, key) if well_formed(key, HOOK_KEY) else None
            if found is None:
                raise _unknown()
            failed = _failed(request.path_params.get("end", ""))
            said = await _said(request) if failed else ""
            async with self._gate.passed(), come_again():
                await report(self._database, found, failed=failed, said=said)
        except Refusal as refusal:
            if refusal.reason is Reason.UNKNOWN_KEY:
                self._refusals.note(ANONYMOUS, Client.of(request), ErrorCode.UNAUTHENTICATED, "hook heartbeat")
            return refusal.response()
        return PlainTextResponse("OK")


def _failed(end: str) -> bool:
    """What stands behind the key says: `fail`, or an exit status that is not 0. Refusal for anything else."""
    if end in ("", FAIL):
        return end == FAIL
    if end.isascii() and end.isdigit() and int(end[:4]) < STATUSES:
        return int(end[:4]) != 0
    hint = "Report to the address itself, or put /fail or an exit status of 0 to 255 behind it."
    raise Refusal(Reason.INVALID, f"{end[:40]!r} is no way to report.", hint=hint)


async def _said(request: Request) -> str:
    """The beginning of a body, as far as it comes."""
    body = b""
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(SAID_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) >= SAID:
                    break
    return no_nul(body[:SAID].decode("utf-8", "replace")).strip()


def _unknown() -> Refusal:
    return Refusal(
        Reason.UNKNOWN_KEY,
        "There is no heartbeat with this key.",
        hint="Copy its address as it was shown, or rotate its key under Settings → Heartbeats.",
    )


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of heartbeats."""
    receive = HeartbeatHook(runtime).receive
    paths = ("/hooks/heartbeats/{key}", "/hooks/heartbeats/{key}/{end}")
    return [Route(path, receive, methods=["GET", "HEAD", "POST"]) for path in paths]
