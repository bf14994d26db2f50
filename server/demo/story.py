"""How the demo tells its story: every step is an ordinary action, at its own moment."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.actor import SYSTEM, Actor
from core import ids
from core.db import Database
from models.person import User
from models.words import ActorKind

P = ParamSpec("P")
T = TypeVar("T")


class StoryClock:
    """A clock that the story sets: the demo's past happens at its own times."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The story's present; each look is a microsecond later, so that moments stay in order."""
        self.moment += timedelta(microseconds=1)
        return self.moment


@dataclass
class Story:
    """A database on story time, and the people who act in it by their first names."""

    database: Database
    clock: StoryClock
    end: datetime
    """The real present, at which the story arrives."""
    people: dict[str, User] = field(default_factory=dict)

    def at(self, **before: float) -> None:
        """Move to a moment before the present: `story.at(days=21, minutes=4)`."""
        self.clock.moment = self.end - timedelta(**before)

    def when(self, **before: float) -> datetime:
        """A moment before the present."""
        return self.end - timedelta(**before)

    def actor(self, name: str) -> Actor:
        """A person who acts."""
        user = self.people[name]
        return Actor(ActorKind.USER, user.id, user.name, user.access_role)

    def id_of(self, name: str) -> str:
        """The opaque id of a person."""
        return ids.encode("User", self.people[name].id)

    async def do(
        self,
        action: Callable[Concatenate[AsyncSession, Actor, P], Awaitable[T]],
        who: str | None,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Carry out an action as a person, or as Muster itself."""
        actor = self.actor(who) if who else SYSTEM
        async with self.database.unit_of_work() as session:
            return await action(session, actor, *args, **kwargs)

    async def remember_people(self) -> None:
        """Read the people, by first name in lower case."""
        async with self.database.unit_of_work() as session:
            users: Any = await session.scalars(select(User))
            self.people = {user.name.split()[0].lower(): user for user in users}
