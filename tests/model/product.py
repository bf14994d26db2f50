"""The product that is compared with the model: the real endpoint on a real database, in this process."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx
from sqlalchemy import select, text

from actions.alerts.intake import receive_group
from actions.alerts.sources import create_alert_source
from actions.catalogue.roles import save_role
from auth.token import issue_token
from core import ids
from core.cursor import decode_cursor
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from models.alert import Alert
from models.role import Role
from models.words import AccessRole
from resolvers.context import Context
from schema.build import core as graphql
from schema.execution import Request, prepare
from schema.stream import answers
from tests.actions.alerting import firing, group, resolved, rule
from tests.identity import actor_of
from tests.model.picture import WIDE
from tests.schema.client import HOST, app_of
from tests.schema.doorway import document_of
from tests.world import World

FEED = """subscription ($after: Cursor) {
  feed(after: $after) { cursor event { id number kind incident { number } } } }"""
ENTITIES = {
    "task": "id",
    "update": "id",
    "event": "id",
    "alert": "id",
    "user": "id",
    "role": "id",
    "incident": "id number",
}
LIVE = 10.0
"""Seconds that the live feed may take to bring an event."""


class StillClock:
    """A clock that moves only when told: every moment of a step is the same, so that the model knows it."""

    def __init__(self):
        self.moment = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

    def now(self):
        return self.moment

    def advance(self, seconds):
        self.moment += timedelta(seconds=seconds)


CLEAR = """
set local session_replication_role = replica;
truncate incident, alert, alert_group, event, event_text, event_change, job cascade;
truncate idempotency_claim, component_period;
update app_user set archived_at = null;
update access_token set revoked_at = null;
update role set archived_at = null;
update component set status = 'OPERATIONAL'
"""
"""Begin anew: what is furnished stays. Only a test may do so, and only as the owner of the database."""


@cache
def look(count, *, whole):
    """The document that asks for everything that somebody may see, and for so many incidents one by one.

    What there is to see is asked for as a list, so that it is read at once; single ones are about being found at all.
    """
    names = range(count)
    given = "".join(f", $r{i}: String!, $n{i}: ID!" for i in names)
    rest = "...Wide" if whole else "number stage visibility"
    each = " ".join(f"i{i}: incident(ref: $r{i}) {{ number }} n{i}: node(id: $n{i}) {{ id }}" for i in names)
    return (
        f"query ($first: Int!{given}) {{ cursor incidents(first: $first, orderBy: OLDEST) {{ nodes {{ {rest} }} }}"
        f" alerts(first: 100) {{ nodes {{ id }} }} components {{ id status }} {each} }} {WIDE if whole else ''}"
    )


class Product:
    """`await product.mutate("ben", "addTask", {…})`; people are called as in tests.world, and `bot` is a script."""

    @classmethod
    async def open(cls, url):
        """On a fresh, migrated database."""
        self = cls()
        self.clock, self._stack = StillClock(), AsyncExitStack()
        self.database = Database(url, clock=self.clock, pool_size=5, secrets=Secrets(["tests"]))
        self._stack.push_async_callback(self.database.close)
        self.live = Live(self.database)
        self.database.on_commit = self.live.on_commit
        self.runtime = Runtime(Settings(public_url=HOST, rate_cost_per_minute=0), self.database, self.live)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app_of(self.runtime)), base_url=HOST)
        self._stack.push_async_callback(self.http.aclose)
        self.world = await World.create(self.database, self.clock)
        await self._furnish()
        await self._stack.enter_async_context(self.live.running())
        return self

    async def close(self):
        await self._stack.aclose()

    async def clear(self):
        """Forget whatever happened, for another story."""
        async with self.database.engine.begin() as connection:
            for statement in CLEAR.split(";"):
                await connection.execute(text(statement))

    async def _furnish(self):
        """Tokens, a role that nobody needs, and a monitor whose alerts page if their label says so."""
        await self.world.do(save_role, self.world.ada, key="liaison", name="Liaison", duties="Speaks to a customer.")
        self.source, _ = await self.world.do(create_alert_source, self.world.ada, kind="alertmanager", name="Prom")
        await rule(self.world, matchers={"page": "yes"})
        async with self.database.unit_of_work() as session:
            secrets = {None: None}
            for key, user in {**self.world.users, "bot": None}.items():
                role = user.access_role if user else AccessRole.RESPONDER
                secrets[key], _ = await issue_token(session, self.clock, name=key, access_role=role, user=user)
            self.roles = {role.key: ids.encode("Role", role.id) for role in await session.scalars(select(Role))}
        self._headers = {k: {"authorization": f"Bearer {s}"} if s else {} for k, s in secrets.items()}

    async def ask(self, key, document, variables):
        """The answer to a document."""
        body = {"query": document, "variables": variables}
        return (await self.http.post("/graphql", json=body, headers=self._headers[key])).json()

    async def mutate(self, key, mutation, given):
        """(payload, None), or (None, (path, code, field)) for a refusal."""
        payload = graphql.mutation_type.fields[mutation].type.fields
        entity = next(name for name in payload if name in ENTITIES)
        answer = await self.ask(
            key, document_of(mutation, f"cursor {entity} {{ {ENTITIES[entity]} }}"), {"input": given}
        )
        if "errors" not in answer:
            made = answer["data"][mutation]
            return {"cursor": decode_cursor(made["cursor"]), **made[entity]}, None
        (error,) = answer["errors"]
        assert not (answer.get("data") or {}).get(mutation), "a refusal that brought something"
        more = error["extensions"]
        return None, (error.get("path"), more["code"], more.get("field"))

    async def looks(self, key, single, *, first, whole):
        """What somebody sees of all that there is, at most so many incidents; and of single ones."""
        variables = {"first": max(1, first)}
        for i, incident in enumerate(single):
            variables |= {f"r{i}": f"INC-{incident.number}", f"n{i}": incident.id}
        return await self.ask(key, look(len(single), whole=whole), variables)

    async def feed(self, key, after, upto):
        """The events after one cursor up to another, as somebody's subscription delivers them; or its refusal."""
        actor = await actor_of(self.database, self._headers[key].get("authorization"), None)
        request = Request(FEED, {"after": after})
        events, place = [], decode_cursor(after)
        async with asyncio.timeout(LIVE), aclosing(answers(prepare(request), Context(self.runtime, actor))) as messages:
            while place < upto:
                message = (await anext(messages))["data"]["feed"]
                place = decode_cursor(message["cursor"])
                if message["event"] is not None:
                    events.append(message["event"])
        return events

    async def fire(self, name, fingerprints, starts, *, pages):
        """Deliver new alerts, as the hook does; their ids."""
        label = {"page": "yes"} if pages else {}
        alerts = [firing(fingerprint, starts_at=starts, **label) for fingerprint in fingerprints]
        await self._receive(group(*alerts, key=name, name=name))
        async with self.database.unit_of_work() as session:
            rows = await session.execute(select(Alert.id, Alert.fingerprint))
            return {fingerprint: ids.encode("Alert", key) for key, fingerprint in rows}

    async def end(self, name, fingerprint, starts, ends):
        """Deliver that an alert is over."""
        await self._receive(group(resolved(fingerprint, starts_at=starts, ends_at=ends), key=name, name=name))

    async def _receive(self, delivery):
        async with self.database.unit_of_work() as session:
            await receive_group(session, self.source, delivery)
