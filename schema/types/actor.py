"""Whoever acts."""

import strawberry

from auth.permission import Permission
from models.words import ActorKind
from resolvers import access, people, rights
from resolvers.fields import batched, column
from schema.lazy import ASession, AToken, AUser


@strawberry.type(description="Whoever did something: a person, a script, an alert source, or Muster itself.")
class Actor:
    kind: ActorKind = column("What kind of actor it is.")
    name: str = batched(people.names, description="What they are called today; a plain word if they were erased.")
    user: AUser | None = batched(people.person_of, description="The person, if it was one.")
    tokens: list[AToken] | None = batched(
        access.own_tokens,
        viewer=True,
        description="Your tokens that are still good, the newest first; null for anybody else.",
    )
    sessions: list[ASession] | None = batched(
        access.own_sessions,
        viewer=True,
        description="Where you are signed in, the newest first; null for anybody else.",
    )
    permissions: list[Permission] | None = batched(
        rights.permissions_of,
        viewer=True,
        description="What the viewer may do everywhere, within the limits of the credential that was sent; null of"
        " anybody else. A role in an incident gives more on that incident: `Incident.allowedActions`.",
    )
