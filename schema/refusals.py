"""Which refusals of GraphQL auditors hear of, and what their doorway is called."""

from collections.abc import Iterable

from graphql import FieldNode, GraphQLError

from auth.actor import ANONYMOUS
from core.client import Client
from core.errors import DomainError
from core.refusals import REFUSED
from core.runtime import Runtime
from models.words import ActorKind
from resolvers.context import Context
from schema.errors import cause_of

UNKNOWN = "/graphql without credentials"
"""One doorway for all that strangers ask: how often they came is worth an event, and not what they tried."""


def note(ctx: Context, kind: str, roots: Iterable[object], errors: Iterable[GraphQLError] | None) -> None:
    """Note the refusals among the errors of an operation (`query`, `mutation`, …) with these root selections."""
    for error in errors or ():
        cause = cause_of(error)
        if isinstance(cause, DomainError) and cause.code in REFUSED:
            stranger = ctx.actor.kind is ActorKind.ANONYMOUS
            doorway = UNKNOWN if stranger else f"{kind} {_field(roots, error)}".strip()
            ctx.runtime.refusals.note(ctx.actor, ctx.client, cause.code, doorway)


def note_credentials(runtime: Runtime, client: Client, error: DomainError, doorway: str) -> None:
    """Note credentials that were refused at a doorway: nobody knows whose they are."""
    if error.code in REFUSED:
        runtime.refusals.note(ANONYMOUS, client, error.code, doorway)


def _field(roots: Iterable[object], error: GraphQLError) -> str:
    """The root field at which an error was. Its name in the schema: what a client calls it would be without bounds."""
    asked = error.path[0] if error.path else None
    for node in roots:
        if isinstance(node, FieldNode) and (node.alias or node.name).value == asked:
            return node.name.value
    return ""
