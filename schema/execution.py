"""From a request to an answer, for every doorway: read the document, hold it to the limits, execute, format."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, SelectionNode, execute
from graphql.execution.values import VariableValues, get_variable_values

from actions.documents import Trusted, digest_of, documents_seen, trusted_documents
from auth.limits import charge
from core import tracing
from core.db import Database
from core.errors import DomainError, ErrorCode, RateLimitedError
from core.outage import outage_of
from core.tracing import Attributes, Span
from resolvers.context import Context
from schema import refusals, telling
from schema.build import core
from schema.cost import MAX_COST
from schema.documents import MAX_ERRORS, Document, Documents
from schema.errors import Refused, cause_of, formatted, of_client, refusal
from schema.executor import BatchExecutor
from schema.limits import too_expensive
from schema.scalars import QUICK

SECONDS = 10.0
"""How long an operation may take. Statements end after half of that on their own (core.db)."""
SHORT = 1_000
"""Characters of a document that is read at once: the worst of them takes a few milliseconds."""
FEW = 500
"""Values of variables that are."""

Answer = dict[str, Any]
documents = Documents(core)
_beside = ThreadPoolExecutor(1, "documents")


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, of the right types."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    values: int = 0
    """How many values the variables hold."""
    digest: str = ""
    """The SHA-256 of the document, if the client sent it: in its place, or beside it (schema.trusted)."""
    timed: bool = False
    """Whether the client asks for `extensions.timing`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may be executed."""

    document: Document
    operation: OperationDefinitionNode
    request: Request
    variables: VariableValues
    cost: int

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation

    @property
    def roots(self) -> Sequence[SelectionNode]:
        """What is asked of the root."""
        return self.operation.selection_set.selections

    @property
    def extensions(self) -> dict[str, Any]:
        """The `extensions` of its answer."""
        return {"cost": {"requested": self.cost, "limit": MAX_COST}}


def prepare(request: Request) -> Prepared:
    """Read, validate and measure a request. Refused with all that is wrong with it, before anything is executed."""
    document = documents.read(request.query)
    try:
        operation = document.operation(request.operation_name)
    except DomainError as error:
        raise refusal(error) from error
    given = request.variables or {}
    variables = get_variable_values(core, operation.variable_definitions or (), given, max_errors=MAX_ERRORS)
    if not isinstance(variables, VariableValues):
        raise Refused([of_client(error) for error in variables])
    cost = document.costs.of(operation, variables.coerced)
    if cost > MAX_COST:
        raise refusal(too_expensive("fields in its fullest answer", cost, MAX_COST))
    return Prepared(document, operation, request, variables, cost)


async def prepare_beside(request: Request) -> Prepared:
    """The same beside the event loop if it may take long: everybody's requests go on meanwhile (ADR 0009).

    One thread does so, one document after the other. TimeoutError if its turn does not come in time.
    """
    known = len(request.query) <= SHORT or documents.knows(request.query)
    if known and request.values <= FEW:
        return prepare(request)
    async with asyncio.timeout(SECONDS):
        return await asyncio.get_running_loop().run_in_executor(_beside, prepare, request)


def admit(ctx: Context, prepared: Prepared, known: Trusted | None = None) -> int | None:
    """What is left of the budget that this operation takes its cost from; None without limits.

    Refused: what a token is not trusted with, what goes beyond the budget (RATE_LIMITED), and the schema to strangers,
    except in development (UNAUTHENTICATED).
    """
    if known is None and ctx.runtime.settings.trusted_documents_only:
        raise noted(ctx, prepared, refusal(_unregistered()))
    trusted = ctx.identity.documents
    if trusted is not None and digest_of(prepared.request.query) not in trusted:
        unknown = DomainError(
            ErrorCode.DOCUMENT_NOT_TRUSTED,
            "This token may send only the documents that it is bound to, and this is none of them.",
            hint="Send one of them to the letter: each is known by the SHA-256 of its text.",
        )
        raise noted(ctx, prepared, refusal(unknown))
    if prepared.document.size.introspects and not ctx.runtime.settings.development and ctx.actor.access_role is None:
        hidden = DomainError(
            ErrorCode.UNAUTHENTICATED, "The schema is shown only with credentials.", hint="Sign in first."
        )
        raise noted(ctx, prepared, refusal(hidden))
    try:
        return charge(ctx.runtime, ctx.actor, ctx.client, prepared.cost)
    except RateLimitedError as error:
        raise refusal(error) from error


async def known_document(ctx: Context, prepared: Prepared) -> Trusted | None:
    """The registered document of an operation; None if it is none."""
    sure = ctx.runtime.settings.trusted_documents_only
    return await registered(ctx.runtime.database, prepared.request, sure=sure)


def _unregistered() -> DomainError:
    return DomainError(
        ErrorCode.DOCUMENT_NOT_TRUSTED,
        "Only registered documents are executed here, and this is none of them.",
        hint="Whoever runs this Muster registers documents with `muster documents add`.",
    )


async def registered(database: Database, request: Request, *, sure: bool) -> Trusted | None:
    """The registered document that a request sends; None if it is none. Hashed only where there are any.

    Where nothing depends on it but a name in metrics (not `sure`), what this process saw last is good enough.
    """
    known = await trusted_documents(database) if sure else documents_seen(database)
    return known.get(digest_of(request.query)) if known else None


def registered_name(database: Database, request: Request) -> str:
    """The name under which a document is registered, as this process saw it last; empty if it is not."""
    known = documents_seen(database)
    found = known.get(digest_of(request.query)) if known else None
    return found.name if found is not None else ""


async def run(ctx: Context, prepared: Prepared) -> Answer:
    """The answer to a query or a mutation."""
    known = await known_document(ctx, prepared)
    remaining = admit(ctx, prepared, known)
    if prepared.kind is OperationType.QUERY:
        await ctx.may_be_of_a_replica()
    name, began = known.name if known is not None else "", time.perf_counter()
    with operating(prepared, name) as span:
        try:
            async with asyncio.timeout(SECONDS):
                result = await _execute(ctx, prepared)
        except TimeoutError as error:
            result = ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        if result.errors:
            span.fail("errors")
    seconds = time.perf_counter() - began
    telling.tell(ctx, prepared.kind, name, prepared.request.query, seconds)
    refusals.note(ctx, prepared.kind.value, prepared.roots, result.errors)
    if result.errors and all(outage_of(cause_of(error)) for error in result.errors) and not _told(result.data):
        raise Refused(result.errors)
    body = answer(result, prepared)
    if remaining is not None:
        body["extensions"]["cost"]["remaining"] = remaining
    if prepared.request.timed and telling.may_see_timing(ctx):
        body["extensions"]["timing"] = telling.timing(ctx, seconds)
    return body


def operating(prepared: Prepared, name: str) -> AbstractContextManager[Span]:
    """A span for an operation, by the name under which its document is registered."""
    if not tracing.on():
        return tracing.NOTHING
    kind = prepared.kind.value
    told: Attributes = {"graphql.operation.type": kind, "graphql.document.hash": digest_of(prepared.request.query)}
    if name:
        told["graphql.operation.name"] = name
    return tracing.span(f"{kind} {name}".rstrip(), attributes=told)


def noted(ctx: Context, prepared: Prepared, refused: Refused) -> Refused:
    """The same, noted for auditors if it is for want of a right."""
    refusals.note(ctx, prepared.kind.value, prepared.roots, refused.errors)
    return refused


def _told(data: Answer | None) -> bool:
    """Whether an answer tells anything. One that tells nothing but an outage is no answer, but a refusal: 503."""
    return any(value is not None for value in (data or {}).values())


async def _execute(ctx: Context, prepared: Prepared) -> ExecutionResult:
    if ctx.runtime.settings.compiled_operations:
        done = await prepared.document.compiled.execute(
            core, prepared.operation, prepared.variables, prepared.request.variables, ctx, QUICK
        )
        if done is not None:
            return done
    result = execute(
        core,
        prepared.document.ast,
        context_value=ctx,
        variable_values=prepared.request.variables,
        operation_name=prepared.request.operation_name,
        executor_class=BatchExecutor,
    )
    return result if isinstance(result, ExecutionResult) else await result


def answer(result: ExecutionResult, prepared: Prepared) -> Answer:
    """The body of an answer."""
    body: Answer = {"data": result.data, "extensions": prepared.extensions}
    return {"errors": formatted(result.errors), **body} if result.errors else body


def refused(refusal: Refused) -> Answer:
    """The body of an answer to a request that was not executed: it has no `data`."""
    return {"errors": formatted(refusal.errors)}
