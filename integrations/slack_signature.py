"""Whether Slack sent a request: HMAC-SHA256 over its raw bytes, with the app's signing secret.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

TIMESTAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"

FRESH = 300
"""Seconds that a request may be old, or ahead of our clock: what Slack recommends."""

SECONDS = re.compile(r"[0-9]{1,12}")
MAC = re.compile(r"v0=[0-9a-f]{64}")


class Verdict(StrEnum):
    """What is to be thought of a request."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    STALE = "stale"
    FORGED = "forged"


def judge(body: bytes, timestamp: str, signature: str, secrets: Iterable[str], now: datetime) -> Verdict:
    """The verdict on a body and its two header fields, empty where they are missing.

    Any of the secrets will do: the app's present one, and the one before it while that is being replaced.
    """
    if not SECONDS.fullmatch(timestamp) or not MAC.fullmatch(signature):
        return Verdict.UNSIGNED
    if abs(now.timestamp() - int(timestamp)) > FRESH:
        return Verdict.STALE
    good = [hmac.compare_digest(sign(body, timestamp, secret), signature) for secret in secrets]
    return Verdict.GENUINE if any(good) else Verdict.FORGED


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """The signature of a body at a moment (seconds since 1970, in digits)."""
    mac = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return f"v0={mac.hexdigest()}"
