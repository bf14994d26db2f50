"""Where a browser's request comes from: a page of another site makes it send its cookie along unasked (CSRF)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from core.errors import DomainError, ErrorCode

LONGEST_PATH = 500


def same_origin(origin: str, host: str | None, base_url: str) -> bool:
    """Whether an Origin header (RFC 6454) names the host that was asked, or the one that our links begin with.

    The host alone is compared: behind a proxy that ends TLS, the scheme that we see is not the browser's.
    """
    try:
        theirs = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(theirs) and theirs in {(host or "").lower(), urlsplit(base_url).netloc.lower()}


def path_within(address: str | None) -> str | None:
    """The path on the same host that a browser may be sent on to; None for anything else, so that none leads astray."""
    if not address or len(address) > LONGEST_PATH or not address.startswith("/") or address.startswith("//"):
        return None
    usable = address.isprintable() and address.isascii() and "\\" not in address and " " not in address
    return address if usable else None


def from_our_page(headers: Mapping[str, str], base_url: str) -> bool:
    """Whether a request that brings a cookie was made by a page of ours, as the browser tells (Fetch Metadata, Origin).

    One with neither header is refused: browsers send at least one of them with every POST, and scripts send a token.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin is not None and not same_origin(origin, headers.get("host"), base_url):
        return False
    return site == "same-origin" or (site is None and origin is not None)


def foreign_page() -> DomainError:
    """What is said to a page of another site that had a cookie of ours sent along."""
    return DomainError(
        ErrorCode.FORBIDDEN,
        "This was sent by a page of another site.",
        hint="Scripts send a token in the Authorization header and no cookie.",
    )
