"""The web application: every doorway on one port, composed and nothing more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

import console.app
import console.audit
import console.calendars
import console.device
import console.metrics
import console.oauth
import console.postmortem
import console.practice
import integrations.heartbeat_hook
import integrations.mail_listener
import integrations.nowhere
import integrations.pager_hooks
import integrations.scim.app
import integrations.slack_door
import integrations.source_hook
import integrations.source_intake
import integrations.ticket_hooks
import integrations.twilio_hook
import schema.endpoint
import schema.websocket
import statuspage.app
from actions.documents import keeping_documents
from actions.heartbeats.listening import listening
from actions.refusals import Refusals
from console.machinery.health import MAIL_IN
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from core.shared_budgets import TOPIC, SharedBudgets
from integrations.hooks import Gate
from server import health
from server.correlated import Correlated
from server.doors import Doors
from server.headers import SafeHeaders
from server.hosts import HostSplit
from server.offers import OFFERS
from statuspage.app import Shortcut
from statuspage.kept import Kept, places
from statuspage.pages import Pages


def open_runtime(settings: Settings, url: str) -> Runtime:
    """A runtime on a database: its commits wake the readers of all processes."""
    database = Database(
        url,
        pool_size=settings.pool_size,
        secrets=Secrets.of(settings),
        own_hosts=settings.own_hosts,
        pooled=settings.pooled,
        replicas=settings.replica_urls,
    )
    live = Live(database, settings.database_direct_url, replay_days=settings.replay_days)
    database.on_commit = live.on_commit
    budgets = SharedBudgets(partial(live.say, TOPIC))
    live.hear(TOPIC, budgets.heard)
    return Runtime(settings, database, live, refusals=Refusals(database), budgets=budgets)


def private_routes(runtime: Runtime, gate: Gate) -> list[BaseRoute]:
    """What is answered beside the public pages: the API, hooks, the console, and directories."""
    hooks = [
        *integrations.source_hook.routes(runtime, gate),
        *integrations.heartbeat_hook.routes(runtime),
        *integrations.pager_hooks.routes(runtime),
        *integrations.ticket_hooks.routes(runtime),
        *integrations.twilio_hook.routes(runtime),
        *integrations.slack_door.routes(runtime),
    ]
    return [
        *health.routes(),
        *schema.endpoint.routes(runtime),
        *schema.websocket.routes(runtime),
        *hooks,
        *integrations.nowhere.routes(hooks),
        *integrations.scim.app.routes(runtime),
        *console.audit.routes(runtime),
        *console.postmortem.routes(runtime),
        *console.practice.routes(runtime),
        *console.metrics.routes(runtime),
        *console.app.routes(runtime),
        *console.calendars.routes(),
        *console.device.routes(runtime),
        *console.oauth.routes(runtime),
    ]


def build_app(runtime: Runtime) -> ASGIApp:
    """The ASGI application. It follows the feed while its lifespan lasts."""
    runtime.offers.update(OFFERS)

    gate = integrations.source_intake.gate_of(runtime)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with (
            runtime.live.running(patient=Kept(places(runtime.settings)).there),
            runtime.refusals.running(),
            listening(runtime.database),
            keeping_documents(runtime.database, runtime.live),
            integrations.mail_listener.taking_mail(runtime, gate) as mail,
        ):
            runtime.offers[MAIL_IN] = mail.fault_now
            yield

    pages = Pages(runtime)
    public = statuspage.app.routes(pages)
    private = private_routes(runtime, gate)

    def application(routes: Sequence[BaseRoute]) -> Starlette:
        made = Starlette(routes=routes, lifespan=lifespan)
        made.state.runtime = runtime
        # Its redirects to the same path with or without a slash repeat the Host header, which anybody can write.
        made.router.redirect_slashes = False
        return made

    tls = runtime.settings.base_url.startswith("https://")

    def guarded(app: ASGIApp) -> ASGIApp:
        return SafeHeaders(Doors(app, runtime), tls=tls)

    return Correlated(
        HostSplit(
            runtime.settings,
            pages,
            public=Shortcut(
                SafeHeaders(application(public), tls=tls, always={}), pages
            ),  # its pages say the rest themselves
            private=guarded(application(private)),
            both=Shortcut(guarded(application([*private, *public])), pages),
        ),
        runtime.settings,
    )
