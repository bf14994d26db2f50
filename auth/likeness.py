"""Who is told the same: readers who may see the same may be given the same answer (DESIGN §7, "Privacy").

Two are of one class when everything that decides what they see is equal: their kind, role, limit and rights, and the
private incidents that they are members of at that moment. Who they are does not count. So what is made for a class is
made for a `Faceless` of it, who refuses to say who it is: a field that asks fails, and is answered for each alone.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from auth.actor import Actor
from auth.visibility import PRIVATE, sees_all
from core.db import Reader
from models.incident import Incident, IncidentMember
from models.words import ActorKind

_HEAD = func.coalesce(Incident.merged_into_id, Incident.id)
_PRIVATE = (
    select(
        IncidentMember.user_id,
        IncidentMember.service_account_id,
        func.array_agg(aggregate_order_by(Incident.id, Incident.id)).label("incidents"),
    )
    .join(Incident, and_(Incident.visibility == PRIVATE, IncidentMember.incident_id == _HEAD))
    .where(
        or_(
            IncidentMember.user_id == any_(bindparam("people", type_=ARRAY(BigInteger))),
            IncidentMember.service_account_id == any_(bindparam("scripts", type_=ARRAY(BigInteger))),
        )
    )
    .group_by(IncidentMember.user_id, IncidentMember.service_account_id)
)
"""The private incidents of members, merged ones by the members of what they went on as (auth.visibility)."""

NAMELESS = frozenset({"id", "name"})

Class = tuple[Any, ...]
"""What decides what an actor sees."""


class ViewerError(Exception):
    """What was asked for depends on who asks, and nobody in particular does."""


class Faceless(Actor):
    """One of a class of actors who may see the same."""

    __slots__ = ()

    @classmethod
    def of(cls, actor: Actor) -> "Faceless":
        """Somebody who stands for an actor and all who are like it."""
        return cls(actor.kind, actor.id, actor.name, actor.access_role, actor.limit, actor.sees_private)

    def __getattribute__(self, name: str) -> Any:
        """As ever, but for who it is."""
        if name in NAMELESS:
            raise ViewerError(f"This depends on the viewer's {name}: it can't be the same for all.")
        return object.__getattribute__(self, name)

    @property
    def listed_as(self) -> tuple[ActorKind, int | None]:
        """Who it is in lists of members: members of one class are of the same private incidents."""
        return self.kind, object.__getattribute__(self, "id")

    def __repr__(self) -> str:
        """For logs."""
        return f"Faceless({self.kind}, {self.access_role})"

    def __eq__(self, other: object) -> bool:
        """Whether the other stands for the same actor."""
        return isinstance(other, Faceless) and _all(self) == _all(other)

    def __hash__(self) -> int:
        """For what is kept by the actor, such as conditions."""
        return hash(_all(self))


def _all(actor: Faceless) -> Class:
    return (*actor.listed_as, actor.access_role, actor.limit, actor.sees_private)


async def classes(reader: Reader, actors: Iterable[Actor]) -> dict[Actor, Class]:
    """The class of each actor, as of the reader's snapshot: what is read from the same snapshot is right for all of it.

    One statement, however many they are; none for a single one, who is a class by itself.
    """
    distinct = set(actors)
    found: dict[tuple[ActorKind, int | None], tuple[int, ...]] = {}
    asked = {actor.listed_as for actor in distinct if not sees_all(actor)} if len(distinct) > 1 else set()
    people = [key for kind, key in asked if kind is ActorKind.USER]
    scripts = [key for kind, key in asked if kind is ActorKind.SERVICE_ACCOUNT]
    if people or scripts:
        for row in await reader.execute(_PRIVATE, {"people": people, "scripts": scripts}):
            kind = ActorKind.USER if row.user_id is not None else ActorKind.SERVICE_ACCOUNT
            key = row.user_id if row.user_id is not None else row.service_account_id
            found[kind, key] = tuple(row.incidents)
    return {
        actor: (actor.kind, actor.access_role, actor.limit, actor.sees_private, found.get(actor.listed_as, ()))
        for actor in distinct
    }
