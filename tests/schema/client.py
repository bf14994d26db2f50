"""A client of the real endpoint, in this process: `await ask(query, variables, actor=…)`."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from sqlalchemy import event
from starlette.applications import Starlette

from auth.token import issue_token
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole
from schema.endpoint import routes
from server.offers import OFFERS

HOST = "http://muster.example"
GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


@dataclass
class Client:
    """Sends documents to `/graphql` as somebody of the world, with a token of theirs."""

    world: Any
    http: httpx.AsyncClient
    runtime: Runtime
    tokens: dict[str, str] = field(default_factory=dict)

    async def token_of(self, person: str) -> str:
        """A bearer token of a person of the world, as strong as they are."""
        if person not in self.tokens:
            async with self.world.database.unit_of_work() as session:
                user = self.world.users[person]
                role = user.access_role or AccessRole.VIEWER
                secret, _ = await issue_token(session, self.world.clock, name="test", access_role=role, user=user)
            self.tokens[person] = secret
        return self.tokens[person]

    async def send(self, query: str, variables: dict | None = None, *, by: str | None = "ben", **more: Any):
        """The HTTP response to a document."""
        headers = {"authorization": f"Bearer {await self.token_of(by)}"} if by else {}
        body = {"query": query, "variables": variables, **more}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def answer(self, query: str, variables: dict | None = None, *, by: str | None = "ben", **more: Any) -> dict:
        """The answer to a document, whatever it is."""
        return (await self.send(query, variables, by=by, **more)).json()

    async def ask(self, query: str, variables: dict | None = None, *, by: str | None = "ben", **more: Any) -> dict:
        """The data of an answer that must have no error."""
        answer = await self.answer(query, variables, by=by, **more)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refusal(self, query: str, variables: dict | None = None, *, by: str | None = "ben", **more: Any) -> dict:
        """The one error of an answer."""
        (error,) = (await self.answer(query, variables, by=by, **more))["errors"]
        return error


class Statements:
    """Counts the statements that reach the database, begin and rollback apart."""

    def __init__(self, database) -> None:
        self._engine = database.engine.sync_engine
        self.seen: list[str] = []

    def _note(self, _connection, _cursor, statement, *_rest) -> None:
        self.seen.append(statement)

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_exc: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)


def runtime_of(database, **settings: Any) -> Runtime:
    """A runtime on the test's database; nothing of the machine's environment counts."""
    unlimited = {"rate_cost_per_minute": 0, **settings}  # limits have tests of their own
    return Runtime(Settings(**{"public_url": HOST, **unlimited}), database, Live(database), offers=dict(OFFERS))


def app_of(runtime: Runtime) -> Starlette:
    """An application with nothing but the endpoint."""
    return Starlette(routes=routes(runtime))


def body(query: str, **more: Any) -> bytes:
    """The body of a request."""
    return json.dumps({"query": query, **more}).encode()
