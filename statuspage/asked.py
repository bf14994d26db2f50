"""What a client says of what it takes and of what it has (RFC 9110 §12.5.3 and §13.1)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from statuspage.body import Coding

BEST_FIRST: tuple[Coding, ...] = ("br", "gzip", "identity")
"""What we choose among codings that a client likes equally."""

REMEMBERED = 256
"""Values of Accept-Encoding that are not read again: browsers send a handful, and nobody may fill the memory."""

LONGEST = 8_000
"""Characters of a field that are looked at."""


class Asked(NamedTuple):
    """The header fields of a request that decide about the answer; None: not sent."""

    coding: Coding = "identity"
    if_none_match: str | None = None
    if_modified_since: str | None = None

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> "Asked":
        """From the raw header fields of a request (ASGI); lists that come in several fields are one (§5.3)."""
        accepted, matched, since = b"", None, None
        for name, value in headers:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == b"if-none-match":
                matched = value if matched is None else matched + b"," + value
            elif name == b"if-modified-since":
                since = value
        coding = coding_for(accepted[:LONGEST])
        if matched is None and since is None:
            return cls(coding)
        return cls(coding, _text(matched), _text(since))

    def has(self, etag: str, changed_at: datetime | None) -> bool:
        """Whether the client has this version. If-None-Match wins: the date is then not looked at (§13.2.2)."""
        if self.if_none_match is not None:
            return matches(self.if_none_match, etag)
        since = _moment(self.if_modified_since)
        return since is not None and changed_at is not None and changed_at.replace(microsecond=0) <= since


def _text(value: bytes | None) -> str | None:
    return value[:LONGEST].decode("latin-1") if value is not None else None


def _moment(value: str | None) -> datetime | None:
    """The moment of an HTTP date, in all three formats that a recipient must accept (§5.6.7); None if it is none."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has this version (weak comparison, as If-None-Match demands)."""
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in known or etag in known


@lru_cache(maxsize=REMEMBERED)
def coding_for(accept_encoding: bytes) -> Coding:
    """The coding that a client likes best; among equals ours. Plain bytes where nothing else is acceptable (§12.5.3).

    Without the field any coding is allowed, and plain is what every client reads.
    """
    weights = _weights(accept_encoding.decode("latin-1"))
    if not weights:
        return "identity"
    liked = {coding: weights.get(coding, weights.get("*", 0.0)) for coding in BEST_FIRST}
    if "identity" not in weights and "*" not in weights:
        liked["identity"] = min((w for w in weights.values() if w > 0), default=1.0) / 2  # acceptable, not preferred
    best = max(BEST_FIRST, key=lambda coding: liked[coding])
    return best if liked[best] > 0 else "identity"


def _weights(accept_encoding: str) -> dict[str, float]:
    """The weight of each coding; 0 for one whose weight can't be read."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        if not coding.strip():
            continue
        name, _, weight = parameters.partition("=")
        try:
            value = float(weight) if name.strip() == "q" else 1.0
        except ValueError:
            value = 0.0
        weights[{"x-gzip": "gzip"}.get(coding.strip(), coding.strip())] = value if 0 <= value <= 1 else 0.0
    return weights
