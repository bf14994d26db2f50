"""An OAuth client and a browser for tests: the application as it is served, a script's client, a person signed in."""

import base64
from contextlib import asynccontextmanager

import httpx

from actions.oauth.clients import create_oauth_client
from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from core.ids import encode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import ServiceAccount
from models.words import AccessRole
from server.asgi import build_app

BASE = "https://muster.example.org"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CLI = {"client_id": "muster-cli"}


def application(database, base_url=BASE, **more):
    return build_app(Runtime(Settings(MUSTER_PUBLIC_URL=base_url), database, Live(database), **more))


@asynccontextmanager
async def visitor(app, address="198.51.100.7", base_url=BASE):
    transport = httpx.ASGITransport(app, client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client


async def account(world, role=AccessRole.RESPONDER):
    async with world.database.unit_of_work() as session:
        row = ServiceAccount(name="Deploy bot", access_role=role, created_at=world.clock.now())
        session.add(row)
    return row


async def script(world, **bounds):
    """A client of a new service account, and its secret."""
    owner = await account(world, bounds.pop("account_role", AccessRole.RESPONDER))
    bounds.setdefault("access_role", AccessRole.RESPONDER)
    reference = encode("ServiceAccount", owner.id)
    return await world.do(create_oauth_client, SYSTEM, service_account=reference, name="deploy", **bounds)


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def sign_in(world, browser, name):
    async with world.database.unit_of_work() as session:
        secret = await create_sign_in_link(session, SYSTEM, world.users[name])
    browser.headers["origin"] = str(browser.base_url).rstrip("/")
    browser.headers["sec-fetch-site"] = "same-origin"
    assert (await browser.post(f"/auth/link/{secret}")).status_code == 303


async def graphql(http, token, query="{ viewer { kind name } }"):
    return await http.post("/graphql", json={"query": query}, headers={"Authorization": f"Bearer {token}"})
