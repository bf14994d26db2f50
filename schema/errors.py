"""Errors as clients see them: refusals in full, everything unexpected masked and found again in the logs by its id."""

import logging
import re
import secrets
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from actions.workflows.problems import ProblemsError
from core.correlation import current
from core.errors import DomainError, ErrorCode, RateLimitedError, TextConflictError
from core.outage import outage_of, tell

ERRORS = Counter("muster_graphql_errors_total", "Errors in answers, by code.", ["code"])
for _code in ErrorCode:
    ERRORS.labels(_code.value)  # so that every code is there at 0, and its first increase shows in a rate

log = logging.getLogger(__name__)

CANCELLED_QUERY = "57014"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html: canceled by statement_timeout."""
LONGEST = 1_000
"""Characters of a message: graphql-core quotes what it refuses."""
AT_INPUT = re.compile(r"^Variable '\$(?P<variable>\w+)' has invalid value(?: at (?P<path>\S+))?:")


SUGGESTION = " Did you mean"
"""How graphql-core begins to guess."""


class Refused(Exception):  # noqa: N818 (it is an answer, not a failure)
    """A request that is answered with errors alone: nothing was executed."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


def refusal(error: DomainError) -> Refused:
    """The refusal of a whole request."""
    return Refused([GraphQLError(error.message, original_error=error)])


def without_suggestions(refused: Refused) -> Refused:
    """The same without what graphql-core guesses was meant: that tells strangers names of the schema, one by one."""
    return Refused([_unsuggested(error) for error in refused.errors])


def _unsuggested(error: GraphQLError) -> GraphQLError:
    said = error.message.partition(SUGGESTION)[0]
    if said == error.message:
        return error
    return GraphQLError(said, error.nodes, error.source, error.positions, error.path, error.original_error)


VERBATIM = "configuration."
"""Before fields of JSON, whose names are the vendors' and no GraphQL."""


def of_client(error: GraphQLError) -> GraphQLError:
    """An error of a request that was not executed: whatever Python raised on the way, it is the client's."""
    known = isinstance(cause_of(error), DomainError | None)
    return error if known else GraphQLError(error.message, error.nodes, error.source, error.positions)


def camel(field: str) -> str:
    """A field's name as clients spell it: `roles.0.user_id` is `roles.0.userId`, `configuration.base_url` is itself."""
    if field.startswith(VERBATIM):
        return field
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), field)


def formatted(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """The `errors` of an answer, or of a refusal, as they are sent: they are counted here, for all doorways."""
    return [_formatted(error) for error in errors]


def _formatted(error: GraphQLError) -> dict[str, Any]:
    known = _known(error)
    if known is None:
        known = _mask(error)
    elif isinstance(known, DomainError):
        known = {"message": known.message, "extensions": _extensions(error, known)}
    ERRORS.labels(str(known["extensions"]["code"])).inc()
    answer = dict(known)
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    return answer


def _known(error: GraphQLError) -> DomainError | dict[str, Any] | None:
    """What may be told of an error; None if it is ours to look into."""
    cause = cause_of(error)
    if isinstance(cause, DomainError):
        return cause
    if cause is None:
        return {"message": error.message[:LONGEST], "extensions": {"code": ErrorCode.GRAPHQL_INVALID}}
    if isinstance(cause, NoConnection | TimeoutError) or _cancelled(cause):
        return DomainError(
            ErrorCode.TIMEOUT, "This took too long and was given up.", hint="Ask for less at once, or try again later."
        )
    outage = outage_of(cause)
    if outage is not None:
        tell(cause)
    return outage


def cause_of(error: BaseException | None) -> BaseException | None:
    """What lies behind an error of graphql-core; None if that is graphql-core's own."""
    while isinstance(error, GraphQLError):
        error = error.original_error
    return error


def _cancelled(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.driver_exception, "sqlstate", None) == CANCELLED_QUERY


def _extensions(error: GraphQLError, refused: DomainError) -> dict[str, Any]:
    field = camel(refused.field) if refused.field else _input_of(error)
    extensions: dict[str, Any] = {"code": refused.code, **_where(field, refused)}
    if isinstance(refused, ProblemsError):
        extensions["problems"] = [
            {"message": each.message, "code": each.code, **_where(camel(each.field or ""), each)}
            for each in refused.problems
        ]
    if isinstance(refused, TextConflictError):
        both = {"version": refused.version, "theirs": refused.theirs, "yours": refused.yours}
        extensions["conflict"] = both
    if isinstance(refused, RateLimitedError):
        extensions["retryAfter"] = refused.retry_after
        if refused.cost is not None:
            extensions["cost"] = refused.cost
    return extensions


def _where(field: str | None, refused: DomainError) -> dict[str, Any]:
    """The field at fault and what to do, as far as they are known."""
    found = {"field": field, "hint": refused.hint}
    return {name: value for name, value in found.items() if value}


def _input_of(error: GraphQLError) -> str | None:
    """Which input a scalar refused, by what graphql-core says of it; a doorway's own input object is left out."""
    found = AT_INPUT.match(error.message)
    if found is None:
        return None
    path = re.sub(r"\[(\d+)\]", r".\1", found["path"] or "").strip(".")
    return path or found["variable"]


def _mask(error: GraphQLError) -> dict[str, Any]:
    key = secrets.token_hex(8)
    cause, origin = cause_of(error), current()
    log.error("error %s at %s", key, error.path, exc_info=cause)
    return {
        "message": f"Something went wrong on our side; the id is {key}.",
        "extensions": {
            "code": ErrorCode.INTERNAL,
            "id": key,
            **({"requestId": origin.request_id} if origin is not None else {}),
            "hint": "Try again; if it stays, give this id to whoever runs this Muster.",
        },
    }
