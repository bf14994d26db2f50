"""Deliveries that are turned away: why, what the sender is told, and the counter that tells us."""

from enum import StrEnum

from prometheus_client import Counter
from starlette.responses import JSONResponse, Response

from actions.alerts.unread import Fault
from core.errors import ErrorCode

RETRY_AFTER_SECONDS = 1


class Reason(StrEnum):
    """Why a delivery is turned away; the label of the counter. Only the last two are worth a repeat."""

    UNKNOWN_KEY = "unknown_key"
    MISSING_SIGNATURE = "missing_signature"
    STALE_SIGNATURE = "stale_signature"
    WRONG_SIGNATURE = "wrong_signature"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BROKEN_OFF = "broken_off"
    MALFORMED = "malformed"
    UNKNOWN_VERSION = "unknown_version"
    NO_ALERTS = "no_alerts"
    TOO_MANY_ALERTS = "too_many_alerts"
    INVALID = "invalid"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"


UNSIGNED = frozenset({Reason.MISSING_SIGNATURE, Reason.STALE_SIGNATURE, Reason.WRONG_SIGNATURE})
"""Whoever sent it did not show that they may."""

REFUSED = Counter("muster_alerts_refused", "Deliveries of alert sources that were turned away, by reason.", ["reason"])
for _reason in Reason:
    REFUSED.labels(_reason)  # so that every reason is there at 0, and its first increase shows in a rate

STATUS = {
    Reason.UNKNOWN_KEY: 404,
    Reason.MISSING_SIGNATURE: 401,
    Reason.STALE_SIGNATURE: 401,
    Reason.WRONG_SIGNATURE: 401,
    Reason.TOO_LARGE: 413,
    Reason.TOO_SLOW: 408,
    Reason.OVERLOADED: 503,
    Reason.UNAVAILABLE: 503,
}
CODE = {
    Reason.UNKNOWN_KEY: ErrorCode.NOT_FOUND,
    Reason.MISSING_SIGNATURE: ErrorCode.UNAUTHENTICATED,
    Reason.STALE_SIGNATURE: ErrorCode.UNAUTHENTICATED,
    Reason.WRONG_SIGNATURE: ErrorCode.UNAUTHENTICATED,
    Reason.OVERLOADED: ErrorCode.TIMEOUT,
    Reason.UNAVAILABLE: ErrorCode.UNAVAILABLE,
}


class Refusal(Exception):  # noqa: N818 (a refusal is no error of ours)
    """A delivery that is turned away. Nothing of it was stored. `field` is spelled as the sender spells it."""

    def __init__(self, reason: Reason, message: str, *, field: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.hint = hint

    @property
    def fault(self) -> Fault:
        """It as it is kept with a delivery that could not be read."""
        return Fault(self.reason.value, self.message, self.field, self.hint)

    def response(self) -> Response:
        """Count it, and tell the sender: 4xx by reason; 503, never 429, when a repeat helps.

        Alertmanager repeats after 5xx within a second and gives up on 4xx, 429 included, until the group's next turn.
        """
        REFUSED.labels(self.reason).inc()
        error = {
            "code": CODE.get(self.reason, ErrorCode.INVALID_INPUT),
            "field": self.field,
            "message": self.message,
            "hint": self.hint,
        }
        status = STATUS.get(self.reason, 400)
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None  # noqa: PLR2004 (unavailable)
        return JSONResponse({"error": error}, status, headers=retry)
