"""The web application: every doorway on one port, composed and nothing more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

import console.app
import integrations.hooks
import schema.endpoint
import schema.websocket
import statuspage.app
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from server import health
from server.hosts import HostSplit


def open_runtime(settings: Settings, url: str) -> Runtime:
    """A runtime on a database: its commits wake the readers of all processes."""
    database = Database(url, pool_size=settings.pool_size, secrets=Secrets.of(settings))
    live = Live(database, settings.database_direct_url, replay_days=settings.replay_days)
    database.on_commit = live.on_commit
    return Runtime(settings, database, live)


def build_app(runtime: Runtime) -> ASGIApp:
    """The ASGI application. It follows the feed while its lifespan lasts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with runtime.live.running():
            yield

    public = statuspage.app.routes(runtime)
    private = [
        *health.routes(),
        *schema.endpoint.routes(runtime),
        *schema.websocket.routes(runtime),
        *integrations.hooks.routes(runtime),
        *console.app.routes(runtime),
    ]

    def application(routes: Sequence[BaseRoute]) -> Starlette:
        made = Starlette(routes=routes, lifespan=lifespan)
        made.state.runtime = runtime
        return made

    return HostSplit(
        runtime.settings,
        public=application(public),
        private=application(private),
        both=application([*private, *public]),
    )
