"""Requests from Slack, or from whoever says so, that are turned away."""

from enum import StrEnum

from prometheus_client import Counter
from starlette.responses import JSONResponse, Response

from core.errors import ErrorCode


class Fault(StrEnum):
    """Why a request is turned away; the label of the counter."""

    UNKNOWN = "unknown"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"
    REPLAYED = "replayed"
    TOO_LARGE = "too_large"
    BROKEN_OFF = "broken_off"
    UNREADABLE = "unreadable"
    BUSY = "busy"


REFUSED = Counter("muster_slack_refused", "Requests in Slack's name that were turned away, by reason.", ["reason"])
for _fault in Fault:
    REFUSED.labels(_fault)  # so that every reason is there at 0, and its first increase shows in a rate

STATUS = {Fault.UNKNOWN: 404, Fault.TOO_LARGE: 413, Fault.UNREADABLE: 400, Fault.BROKEN_OFF: 408, Fault.BUSY: 503}
SIGNED = "Enter the app's Signing Secret as signing_secret of the integration."
WORDS = {
    Fault.UNKNOWN: ("There is no Slack here that may send anything.", SIGNED),
    Fault.UNSIGNED: ("The request has no signature of Slack's.", SIGNED),
    Fault.STALE: ("The request was signed more than five minutes ago.", "Set this machine's clock: it may be wrong."),
    Fault.FORGED: ("The signature is wrong.", SIGNED),
    Fault.REPLAYED: ("This very request was taken already.", None),
    Fault.TOO_LARGE: ("The body is too large.", None),
    Fault.BROKEN_OFF: ("The body did not arrive.", None),
    Fault.UNREADABLE: ("This is nothing that Slack sends.", None),
    Fault.BUSY: ("Muster can't take this at the moment.", "Nothing was stored; send it again."),
}
STRANGE = frozenset({Fault.UNKNOWN, Fault.UNSIGNED, Fault.STALE, Fault.FORGED, Fault.REPLAYED})
"""What is noted for auditors: somebody may be trying."""


class TurnedAwayError(Exception):
    """A request that is turned away. Nothing of it was stored."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault

    @property
    def code(self) -> ErrorCode:
        """The same for clients."""
        if self.fault is Fault.BUSY:
            return ErrorCode.UNAVAILABLE
        return ErrorCode.UNAUTHENTICATED if self.fault in STRANGE else ErrorCode.INVALID_INPUT

    def response(self) -> Response:
        """Count it, and say why. Slack repeats what was not answered with 2xx, a few times."""
        REFUSED.labels(self.fault).inc()
        message, hint = WORDS[self.fault]
        error = {"code": self.code, "field": None, "message": message, "hint": hint}
        return JSONResponse({"error": error}, STATUS.get(self.fault, 401))
