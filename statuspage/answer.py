"""How a page is sent: conditional requests (RFC 9110 §13), compression, caching, and headers that close all doors."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

from statuspage.cache import Body

HTML = "text/html; charset=utf-8"
JSON = "application/json"
ATOM = "application/atom+xml; charset=utf-8"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}

FRESH = "public, max-age=1, stale-if-error=86400"
"""A second: an update is seen within one second of being published, through any cache in between; and a cache that
can't reach us may go on for a day."""

FOR_EVER = "public, max-age=31536000, immutable"


def answer(
    request: Headers,
    body: Body,
    media_type: str,
    *,
    status: int = 200,
    caching: str = FRESH,
    extra: Mapping[str, str] | None = None,
) -> Response:
    """The response for a body: 304 if the client has it, compressed if the client takes that."""
    zipped = takes_gzip(request.get("accept-encoding", ""))
    etag = f'"{body.digest}{"-gzip" if zipped else ""}"'
    headers = {**HEADERS, "Cache-Control": caching, "ETag": etag, **(extra or {})}
    if status == 200 and matches(request.get("if-none-match", ""), etag):  # noqa: PLR2004 (OK)
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(body.zipped if zipped else body.plain, status, headers, media_type)


def refusal(
    status: int, body: Body | None = None, extra: Mapping[str, str] | None = None, media_type: str = HTML
) -> Response:
    """An answer that is no page, or a page that stands for one; never kept."""
    headers = {**HEADERS, "Cache-Control": "no-store", **(extra or {})}
    if body is None:
        return Response("Method Not Allowed\n", status, headers, "text/plain; charset=utf-8")
    return Response(body.plain, status, headers, media_type)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client wants gzip: it names it, or `*`, and not with the weight 0."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";q=")
        try:
            weights[coding.strip()] = float(weight or 1)
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has this version (weak comparison, as If-None-Match demands)."""
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in known or etag in known
