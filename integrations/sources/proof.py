"""How senders show that they know a source's secret: by a signature over the raw bytes, or by the secret itself.

All comparisons take the same time whatever is wrong, and all secrets are compared.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from integrations.refusal import Reason, Refusal
from integrations.sources.kind import Headers, Verify

FRESH = 300
"""Seconds that a signed moment may be away from ours, as Slack and Standard Webhooks recommend."""
MOST_SIGNATURES = 20
"""Of one request that are looked at."""
SECONDS = re.compile(r"[0-9]{1,12}")
OWN = "x-muster-secret"


def missing(where: str, hint: str) -> Refusal:
    """What is said to who shows nothing."""
    return Refusal(Reason.MISSING_SIGNATURE, f"This source takes only what is signed: {where} is missing.", hint=hint)


def wrong(hint: str) -> Refusal:
    """What is said to who does not know the secret; the same for one that is no longer good."""
    return Refusal(Reason.WRONG_SIGNATURE, "This is not signed with the secret of this source.", hint=hint)


def refuse_stale(moment: str, now: datetime) -> None:
    """Refusal unless a moment (seconds since 1970, in digits) is at most FRESH away."""
    if not SECONDS.fullmatch(moment) or abs(now.timestamp() - int(moment)) > FRESH:
        raise Refusal(
            Reason.STALE_SIGNATURE,
            f"The moment that was signed is more than {FRESH // 60} minutes from ours.",
            hint="Set the clocks of the sender and of Muster, and send it anew.",
        )


def fits(given: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether one of the given texts is one of the wanted."""
    other = [each.encode() for each in wanted]
    shown = [each.strip().encode("utf-8", "replace") for each in list(given)[:MOST_SIGNATURES]]
    return sum(hmac.compare_digest(one, good) for one in shown for good in other) > 0


def sign(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) of what is signed, in hexadecimal."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def hmac_in(header: str, hint: str, *, prefix: str = "") -> Verify:
    """A signature over the body in a header; several, separated by commas, of which one must fit."""

    def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> None:
        del now
        given = headers.get(header, "")
        if not given:
            raise missing(f"the header {header}", hint)
        if not fits(given.split(","), [prefix + sign(secret, body) for secret in secrets]):
            raise wrong(hint)

    return verify


def secret_shown(hint: str) -> Verify:
    """The secret itself, as `Authorization: Bearer …` or in the header X-Muster-Secret."""

    def verify(headers: Headers, body: bytes, secrets: Sequence[str], now: datetime) -> None:
        del body, now
        scheme, _, token = headers.get("authorization", "").partition(" ")
        shown = [headers[OWN]] if OWN in headers else [token] if scheme.casefold() == "bearer" else []
        if not shown:
            raise missing("the secret", hint)
        if not fits(shown, secrets):
            raise wrong(hint)

    return verify
