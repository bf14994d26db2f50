"""Answers of SCIM: resources, lists, and errors with their `scimType` (RFC 7644 §3.12)."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError
from scim2_models import Context, Error, ListResponse, Resource, SCIMException
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from actions.violations import refusal_of
from core.errors import DomainError, ErrorCode
from core.http_status import BAD_REQUEST, headers_of, status_of_error
from core.outage import outage_of, tell
from integrations.overload import passes
from integrations.scim.body import SCIM
from integrations.scim.people import attribute_of
from integrations.scim.query import Search, start_of

NOT_MODIFIED, CREATED = 304, 201
STATUS = {ErrorCode.NOT_FOUND: 404, ErrorCode.CONFLICT: 409, ErrorCode.VERSION_CONFLICT: 412}
"""The statuses of refusals that other doorways tell otherwise."""
UNIQUE = frozenset({"email", "external_id", "name"})
"""Fields for which a conflict means that somebody else has the value."""
LISTED = str(ListResponse.__schema__)

log = logging.getLogger(__name__)


def resource(shown: Resource[Any], search: Search | None = None, status: int = 200) -> Response:
    """A resource with its version and, where it was made, its address."""
    headers = {}
    if shown.meta is not None and shown.meta.version is not None:
        headers["etag"] = shown.meta.version
    if status == CREATED and shown.meta is not None and shown.meta.location is not None:
        headers["location"] = str(shown.meta.location)
    return answer(dump(shown, search), status, headers)


def listed(total: int, shown: Sequence[Resource[Any]], search: Search | None = None) -> Response:
    """A page of resources (RFC 7644 §3.4.2)."""
    body = {
        "schemas": [LISTED],
        "totalResults": total,
        "startIndex": 1 if search is None else start_of(search),
        "itemsPerPage": len(shown),
        "Resources": [dump(each, search) for each in shown],
    }
    return answer(body)


def dump(shown: Resource[Any], search: Search | None) -> dict[str, Any]:
    """A resource as JSON, in the shape that was asked for."""
    return shown.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of SCIM's media type, which nobody in between may keep."""
    sent = {"cache-control": "no-store", "content-type": f"{SCIM}; charset=utf-8", **(headers or {})}
    return Response(orjson.dumps(body), status, sent)


def error_of(error: Exception) -> Response:
    """What a directory is told about an error. An unforeseen one is logged under an id, and the id is told."""
    match error:
        case ValidationError():
            return _told(Error.from_validation_errors(error)[0])
        case SCIMException():
            return _told(error.to_error(), error)
    refusal = _foreseen(error)
    if refusal is not None:
        return _refused(refusal)
    name = uuid.uuid4().hex[:12]
    log.error("a request over SCIM failed (%s)", name, exc_info=error)
    return _told(Error(status=500, detail=f"Something went wrong in Muster. It is logged under {name}."))


def _foreseen(error: Exception) -> DomainError | None:
    """The refusal that an error amounts to; None for a fault of ours."""
    if isinstance(error, DomainError):
        return error
    outage = outage_of(error)
    if outage is not None:
        tell(error)
        return outage
    refusal = refusal_of(error) if isinstance(error, DBAPIError) else None
    if refusal is None and passes(error):
        return DomainError(ErrorCode.TIMEOUT, "Too much is going on right now.", hint="Send it again soon.")
    return refusal


def _refused(error: DomainError) -> Response:
    status = STATUS.get(error.code) or status_of_error(error)
    kind = None
    if status == STATUS[ErrorCode.CONFLICT] and error.field in UNIQUE:
        kind = "uniqueness"
    elif status == BAD_REQUEST:
        kind = "invalidValue"
    where = f"{attribute_of(error.field)}: " if error.field and status == BAD_REQUEST else ""
    said = Error(status=status, scim_type=kind, detail=f"{where}{error.message} {error.hint or ''}".strip())
    return _told(said, error)


def _told(said: Error, cause: Exception | None = None) -> Response:
    status = said.status or BAD_REQUEST
    if said.detail is not None:
        said.detail = said.detail.encode("utf-8", "replace").decode()
    return answer(said.model_dump(), status, headers_of(status, cause))
