"""Where a browser's request comes from: a page of another site makes it send its cookie along unasked (CSRF)."""

from urllib.parse import urlsplit


def same_origin(origin: str, host: str | None, base_url: str) -> bool:
    """Whether an Origin header (RFC 6454) names the host that was asked, or the one that our links begin with.

    The host alone is compared: behind a proxy that ends TLS, the scheme that we see is not the browser's.
    """
    try:
        theirs = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    return bool(theirs) and theirs in {(host or "").lower(), urlsplit(base_url).netloc.lower()}
