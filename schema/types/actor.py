"""Whoever acts."""

import strawberry

from models.words import ActorKind
from resolvers import people
from resolvers.fields import batched, column
from schema.lazy import AUser


@strawberry.type(description="Whoever did something: a person, a script, an alert source, or Muster itself.")
class Actor:
    kind: ActorKind = column("What kind of actor it is.")
    name: str = batched(people.names, description="What they are called today; a plain word if they were erased.")
    user: AUser | None = batched(people.person_of, description="The person, if it was one.")
