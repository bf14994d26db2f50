"""The hooks that monitors post to: `/hooks/alerts/{kind}/{key}`. Answered after the commit, so that 202 means kept."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.alerts.rulebook import memory_of
from actions.alerts.sources import SHORT
from core.client import Client
from core.runtime import Runtime
from integrations.hooks import Gate, read_body
from integrations.refusal import Refusal
from integrations.source_intake import SourceIntake, gate_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.registry import SOURCES


class SourceHook:
    """The doorway for one kind of source. All kinds share a gate."""

    def __init__(self, runtime: Runtime, kind: SourceKind, gate: Gate) -> None:
        self._kind = kind
        self._intake = SourceIntake(runtime, kind, gate)
        self._limit = runtime.settings.max_body_bytes

    async def receive(self, request: Request) -> Response:
        """202 with what became of the alerts, or a refusal with nothing stored."""
        try:
            source = await self._intake.source(request.path_params["key"])
            body = await read_body(request, self._limit, self._kind.smaller)
            answer = await self._intake.take(source, Post(body, request.headers, source.mapping))
        except Refusal as refusal:
            self._intake.note(refusal, Client.of(request))
            return refusal.response()
        return JSONResponse(answer, 202)


def routes(runtime: Runtime, gate: Gate | None = None) -> list[BaseRoute]:
    """The routes of all hooks. `gate`: the one that they share with other doors."""
    runtime.live.watch(memory_of(runtime.database).on_events)
    shared = gate or gate_of(runtime)
    hooks = {name: SourceHook(runtime, kind, shared).receive for name, kind in SOURCES.items()}
    return [
        *(Route(f"/hooks/{name}/{{key}}", hooks[name], methods=["POST"]) for name in sorted(SHORT)),
        *(Route(f"/hooks/alerts/{name}/{{key}}", hook, methods=["POST"]) for name, hook in hooks.items()),
    ]
