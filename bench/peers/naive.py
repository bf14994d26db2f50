"""Strawberry as its guides have it: the ORM's entities, async resolvers, and a DataLoader for each relation."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import strawberry
import uvicorn
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from core.db import asyncpg_url
from models.event import Event, EventText
from models.incident import Incident
from models.person import User
from models.role import Role, RoleAssignment
from models.severity import SeverityVersion
from models.words import Stage, Visibility

OPEN = (Stage.DETECTION, Stage.TRIAGE, Stage.RESPONSE, Stage.MITIGATION)

engine = create_async_engine(asyncpg_url(os.environ["DATABASE_URL"]), pool_size=10)
session_of = async_sessionmaker(engine, expire_on_commit=False)

Loaders = dict[str, DataLoader[Any, Any]]


@strawberry.type(name="Severity")
class SeverityNode:
    name: str
    rank: int


@strawberry.type(name="Role")
class RoleNode:
    name: str


@strawberry.type(name="User")
class UserNode:
    name: str
    email: str


@strawberry.type(name="Assignment")
class AssignmentNode:
    assumed_at: datetime
    row: strawberry.Private[RoleAssignment]

    @strawberry.field
    async def role(self, info: strawberry.Info) -> RoleNode:
        """Of an assignment."""
        found = await info.context["loaders"]["role"].load(self.row.role_id)
        return RoleNode(name=found.name)

    @strawberry.field
    async def user(self, info: strawberry.Info) -> UserNode:
        """Who has it."""
        found = await info.context["loaders"]["user"].load(self.row.user_id)
        return UserNode(name=found.name, email=found.email)


@strawberry.type(name="Event")
class EventNode:
    number: int
    kind: str
    occurred_at: datetime
    row: strawberry.Private[Event]

    @strawberry.field
    async def text(self, info: strawberry.Info) -> str | None:
        """What somebody wrote."""
        found = await info.context["loaders"]["text"].load(self.row.id)
        return found.body if found else None


@strawberry.type
class Events:
    nodes: list[EventNode]


@strawberry.type(name="Incident")
class IncidentNode:
    reference: str
    title: str
    stage: str
    declared_at: datetime | None
    row: strawberry.Private[Incident]

    @strawberry.field
    async def severity(self, info: strawberry.Info) -> SeverityNode | None:
        """Of an incident."""
        found = await info.context["loaders"]["severity"].load(self.row.severity_version_id)
        return SeverityNode(name=found.name, rank=found.rank) if found else None

    @strawberry.field
    async def roles(self, info: strawberry.Info) -> list[AssignmentNode]:
        """Who has which role."""
        found = await info.context["loaders"]["roles"].load(self.row.id)
        return [AssignmentNode(assumed_at=row.assumed_at, row=row) for row in found]

    @strawberry.field
    async def timeline(self, info: strawberry.Info, last: int) -> Events:
        """The newest events; all of an incident are loaded, as such loaders do."""
        found = (await info.context["loaders"]["events"].load(self.row.id))[-last:]
        nodes = [EventNode(number=e.number, kind=e.kind, occurred_at=e.occurred_at, row=e) for e in found]
        return Events(nodes=nodes)


@strawberry.type
class Incidents:
    nodes: list[IncidentNode]


@strawberry.type
class Query:
    @strawberry.field
    async def incidents(self, first: int) -> Incidents:
        """The newest open ones."""
        newest = select(Incident).where(Incident.stage.in_(OPEN), Incident.visibility == Visibility.ORGANISATION)
        async with session_of() as session:
            rows = await session.scalars(newest.order_by(Incident.id.desc()).limit(first))
            return Incidents(nodes=[_incident(row) for row in rows])


def _incident(row: Incident) -> IncidentNode:
    return IncidentNode(
        reference=row.reference, title=row.title, stage=row.stage.value, declared_at=row.declared_at, row=row
    )


def one(model: Any, column: Any) -> Callable[[Sequence[int]], Any]:
    """Loads one row for each key."""

    async def load(keys: Sequence[int]) -> list[Any]:
        async with session_of() as session:
            found = {
                getattr(row, column.key): row for row in await session.scalars(select(model).where(column.in_(keys)))
            }
        return [found.get(key) for key in keys]

    return load


def several(model: Any, *conditions: Any) -> Callable[[Sequence[int]], Any]:
    """Loads the rows of each incident."""

    async def load(keys: Sequence[int]) -> list[list[Any]]:
        groups = defaultdict(list)
        query = select(model).where(model.incident_id.in_(keys), *conditions).order_by(model.id)
        async with session_of() as session:
            for row in await session.scalars(query):
                groups[row.incident_id].append(row)
        return [groups[key] for key in keys]

    return load


def loaders() -> Loaders:
    """Those of one request."""
    return {
        "severity": DataLoader(one(SeverityVersion, SeverityVersion.id)),
        "role": DataLoader(one(Role, Role.id)),
        "user": DataLoader(one(User, User.id)),
        "text": DataLoader(one(EventText, EventText.event_id)),
        "roles": DataLoader(several(RoleAssignment, RoleAssignment.relinquished_at.is_(None))),
        "events": DataLoader(several(Event, Event.number.is_not(None))),
    }


class Server(GraphQL):  # type: ignore[type-arg]
    async def get_context(self, request: Any, response: Any) -> Any:
        """Loaders afresh."""
        return {"request": request, "response": response, "loaders": loaders()}


async def up(_: Any) -> Response:
    """Whether it is there."""
    return Response("ok")


application = Starlette(
    routes=[Route("/up", up), Route("/graphql", Server(strawberry.Schema(query=Query)), methods=["POST"])]
)

if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(os.environ["MUSTER_PORT"]), log_config=None, access_log=False)
