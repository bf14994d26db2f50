"""How refusals are told over HTTP (RFC 9110 §15): statuses by code, and the headers that belong to them."""

from core.errors import DomainError, ErrorCode, RateLimitedError
from core.outage import RETRY_AFTER

UNAUTHORIZED, UNAVAILABLE, BAD_REQUEST = 401, 503, 400

STATUS = {
    ErrorCode.UNAUTHENTICATED: UNAUTHORIZED,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.DOCUMENT_NOT_TRUSTED: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.TIMEOUT: UNAVAILABLE,
    ErrorCode.UNAVAILABLE: UNAVAILABLE,
}
"""The status of a request that was refused as a whole, by the code of its error; BAD_REQUEST for all others."""


def headers_of(status: int, error: BaseException | None = None) -> dict[str, str]:
    """How to prove who one is (401), and when to come again (429 with the error that says so, 503)."""
    if isinstance(error, RateLimitedError):
        return {"retry-after": str(error.retry_after)}
    if status == UNAUTHORIZED:
        return {"www-authenticate": 'Bearer realm="muster"'}
    return {"retry-after": str(RETRY_AFTER)} if status == UNAVAILABLE else {}


def status_of_error(error: DomainError) -> int:
    """The status of a request that was refused with an error."""
    return STATUS.get(error.code, BAD_REQUEST)
