"""Which media type a client wants, and what it means for the status (GraphQL over HTTP, "Media Types")."""

from typing import Any

from core.http_status import BAD_REQUEST, STATUS

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"


def choose(accept: str | None) -> str | None:
    """The media type to answer in, of the three that there are; None if the client wants none of them.

    Without a wish, or with any, it is application/json, as older clients expect. An event stream must be named.
    """
    if accept is None or not accept.strip():
        return JSON
    best: tuple[float, int, str] | None = None
    for order, part in enumerate(accept.split(",")):
        name, quality = _part(part)
        kind = name if name in (GRAPHQL, EVENTS) else JSON if name in (JSON, "application/*", "*/*") else None
        if kind is not None and quality > 0 and (best is None or quality > best[0]):
            best = (quality, -order, kind)
    return best[2] if best is not None else None


def takes_events(accept: str | None) -> bool:
    """Whether the client takes an event stream at all: the one media type in which a subscription can be answered."""
    parts = [_part(part) for part in (accept or "").split(",")]
    return any(name == EVENTS and quality > 0 for name, quality in parts)


def _part(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
        elif key.strip() == "charset" and value.strip('" ') not in ("utf-8", "utf8"):
            quality = 0.0
    return name, quality


def status_of(body: dict[str, Any], media_type: str) -> int:
    """The HTTP status of an answer.

    application/json has 200 for every request that was GraphQL, as older clients expect. Credentials that are missing
    or not enough for the request as a whole are said by the status in both. In an event stream everything that is wrong
    with the document is said by its events: a browser's EventSource shows nobody the answer to anything but 200.
    """
    if "data" in body or media_type == EVENTS:
        return 200
    status = STATUS.get(body["errors"][0]["extensions"]["code"], BAD_REQUEST)
    return 200 if media_type == JSON and status == BAD_REQUEST else status
