"""The whole product in one process, as its users meet it: HTTP and WebSocket on a real port, a worker, its timers.

Only the clock is the test's. People act over GraphQL with tokens of their own; nothing reaches behind the doorways.
"""

import asyncio
import email
import email.policy
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from auth.token import issue_token
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from jobs.worker import JobWorker
from schema.build import core as graphql
from server.asgi import build_app
from server.connections import OPTIONS
from tests.journeys.watching import watching

DEADLINE = 20.0
"""Seconds that anything may take which happens by itself: a mail, a page, a postmortem."""


class RefusedError(AssertionError):
    """An operation was answered with errors."""

    def __init__(self, errors):
        super().__init__("; ".join(f"{e['extensions'].get('code')}: {e['message']}" for e in errors))
        self.errors = errors


def leaves(type_):
    """The plain fields of an object type, as a selection."""
    plain = [
        name
        for name, field in type_.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not any(map(is_required_argument, field.args.values()))
    ]
    return " ".join(plain)


def mutation(name, answer=None):
    """The document of a mutation that asks for every plain field of what it returns, or for `answer`."""
    field = graphql.mutation_type.fields[name]
    payload = get_named_type(field.type)
    whole = [
        f"{key} {{ {leaves(get_named_type(part.type))} }}"
        if isinstance(get_named_type(part.type), GraphQLObjectType)
        else key
        for key, part in payload.fields.items()
    ]
    return f"mutation($input: {field.args['input'].type}) {{ {name}(input: $input) {{ {answer or ' '.join(whole)} }} }}"


@dataclass
class Person:
    """Somebody, or a script, with a token."""

    product: "Product"
    name: str
    id: str | None
    token: str

    async def answer(self, document, **variables):
        """The whole answer: data, errors, extensions."""
        response = await self.product.client.post(
            "/graphql",
            json={"query": document, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        return response.json()

    async def asks(self, document, **variables) -> dict[str, Any]:
        """The data of a query. RefusedError if anything in it was."""
        answer = await self.answer(document, **variables)
        if answer.get("errors"):
            raise RefusedError(answer["errors"])
        return answer["data"]

    async def does(self, name, /, *, answer=None, **fields):
        """A mutation's payload: `payload["incident"]["reference"]`."""
        return (await self.asks(mutation(name, answer), input=fields))[name]

    async def is_refused(self, name, /, **fields):
        """Why a mutation is refused: the message, and the code, field and hint beside it."""
        answer = await self.answer(mutation(name), input=fields)
        assert answer.get("errors"), f"{name} was not refused: {answer}"
        (error,) = answer["errors"]
        return {"message": error["message"], **error["extensions"]}

    def watches(self, document, **variables):
        """A subscription over WebSocket; what arrives is in `seen`."""
        return watching(self.product.address, self.token, document, variables)


class Product:
    """A running Muster. `people` have names from tests.world; `clock` moves when told."""

    def __init__(self, world, settings, address, client):
        self.world, self.settings, self.address, self.client = world, settings, address, client
        self.clock = world.clock
        self.people: dict[str, Person] = {}

    def __getattr__(self, name):
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    async def sees(self, path):
        """A page as a stranger gets it."""
        return await self.client.get(path)

    async def eventually(self, look, what="it", *, within=DEADLINE):
        """What `look` finds, as soon as it finds something. For effects that other threads bring about."""
        end = asyncio.get_running_loop().time() + within
        while True:
            found = await look() if asyncio.iscoroutinefunction(look) else look()
            if found:
                return found
            assert asyncio.get_running_loop().time() < end, f"{what} did not come within {within} s"
            await asyncio.sleep(0.02)

    def mails(self, to=None):
        """Every mail that went out, or those to one person, in no order."""
        folder = self.settings.data_dir / "mail"
        read = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("*.eml")
        ]
        return [mail for mail in read if to is None or f"{to}@quillhaven.example" in mail["To"]]

    async def quiet(self):
        """Wait until no job is waiting or running."""

        async def nothing_left():
            return not await self.world.jobs()

        await self.eventually(nothing_left, "the end of the jobs")


def listening():
    """A socket on a free port of the loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, listener.getsockname()[1]


@asynccontextmanager
async def serving(application, **options):
    """A real uvicorn for the block; its address."""
    listener, port = listening()
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, timeout_graceful_shutdown=2, **{"lifespan": "on", **options})
    )
    server.install_signal_handlers = lambda: None
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            assert not task.done(), "the server ended while starting"
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@asynccontextmanager
async def running(world, folder, database_url):
    """The product on a world's database and clock."""
    settings = Settings(
        MUSTER_DATA_DIR=folder,
        MUSTER_RATE_COST_PER_MINUTE=0,
        DATABASE_URL=database_url,
        MUSTER_PUBLIC_URL="https://muster.example",
        MUSTER_WEBHOOK_ALLOW_PRIVATE=True,
    )
    database = Database(database_url, clock=world.clock, pool_size=5, secrets=Secrets.of(settings))
    live = Live(database, poll=0.2, beat=0.5)
    database.on_commit = live.on_commit
    worker = JobWorker(settings, database_url, clock=world.clock)
    app = build_app(Runtime(settings, database, live))
    try:
        async with serving(app, **OPTIONS) as address:
            await asyncio.to_thread(worker.start)
            try:
                async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=15) as client:
                    yield await _peopled(Product(world, settings, address, client))
            finally:
                await asyncio.to_thread(worker.stop)
    finally:
        await database.close()


async def _peopled(product):
    """The product with a token for everyone in the world."""
    world = product.world
    async with world.database.unit_of_work() as session:
        for key, user in world.users.items():
            secret, _ = await issue_token(session, world.clock, name=key, access_role=user.access_role, user=user)
            product.people[key] = Person(product, user.name, world.id_of(key), secret)
    return product
