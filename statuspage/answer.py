"""How a page is sent: caching, and headers that close all doors. statuspage.ready knows conditions and codings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.datastructures import Headers
from starlette.responses import Response

from statuspage.asked import Asked
from statuspage.body import Body
from statuspage.ready import Ready

HTML = "text/html; charset=utf-8"
JSON = "application/json"
ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
FEED_JSON = "application/feed+json"
CALENDAR = "text/calendar; charset=utf-8"
SVG = "image/svg+xml"

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Vary": "Accept-Encoding",
}

FRESH = "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400"
"""A second: an update is seen within one second of being published, through any cache in between (RFC 9111). For one
more a busy cache may answer with what it has while it asks anew, so that nobody waits for that; and a cache that can't
reach us may go on for a day (RFC 5861)."""

FOR_EVER = "public, max-age=31536000, immutable"

UNKEPT = "private, no-store"
"""Of a page that only some may read: no cache may have it for others, or when the pass is over."""

UNLISTED = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}

CHECKED_AT = "Checked-At"
"""When a page that may be old was last known to be right (an HTTP date). Programs can't read the sentence of the pages,
and documents that are Statuspage's key by key have no place for it."""

ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"ETag, Last-Modified, Retry-After, {CHECKED_AT}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Feeds are for programs, also for those that run in other pages; the badge stands in them."""

PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
"""What a browser is told that asks before it reads across origins (Fetch, "CORS-preflight request")."""


def doubt(read_at: datetime | None) -> dict[str, str]:
    """The header field of a page that could not be read anew since then; none for any other (None)."""
    return {CHECKED_AT: format_datetime(read_at.astimezone(UTC), usegmt=True)} if read_at else {}


def ready(
    body: Body,
    media_type: str,
    *,
    caching: str = FRESH,
    extra: Mapping[str, str] | None = None,
    changed_at: datetime | None = None,
) -> Ready:
    """The answers for a body, whatever a client asks."""
    return Ready(body, media_type, {**HEADERS, "Cache-Control": caching, **(extra or {})}, changed_at)


def answer(
    request: Headers,
    body: Body,
    media_type: str,
    *,
    status: int = 200,
    caching: str = FRESH,
    extra: Mapping[str, str] | None = None,
    changed_at: datetime | None = None,
) -> Response:
    """The response for a body: 304 if the client has it, compressed if the client takes that."""
    made = ready(body, media_type, caching=caching, extra=extra, changed_at=changed_at)
    told, fields, content = made.answer(Asked.of(request.raw))
    response = Response(content, status if told == 200 else told)  # noqa: PLR2004 (OK)
    response.raw_headers = fields
    return response


def refusal(
    status: int, body: Body | None = None, extra: Mapping[str, str] | None = None, media_type: str = HTML
) -> Response:
    """An answer that is no page, or a page that stands for one; never kept."""
    headers = {**HEADERS, "Cache-Control": "no-store", **(extra or {})}
    if body is None:
        return Response("Method Not Allowed\n", status, headers, "text/plain; charset=utf-8")
    return Response(body.plain, status, headers, media_type)
