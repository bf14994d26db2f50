"""One request over HTTP, with what Python has of its own: it loads in a quarter of the time of a client library."""

import json
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from server.remote.failures import FaultyError, UnreachableError

SECONDS = 20.0
"""How long the server may take to answer."""
AGENT = "muster"


class _Stay(HTTPRedirectHandler):
    """Follows nothing: a token is for the server that was named, and for no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: whatever was answered is the answer."""


_opener = build_opener(_Stay())


class Answer(NamedTuple):
    """What came back: an HTTP status, and the object in the body."""

    status: int
    body: dict[str, Any]


def send(
    url: str,
    *,
    form: dict[str, str] | None = None,
    body: Any = None,
    token: str | None = None,
    authorization: str | None = None,
    accept: str = "application/json",
) -> Answer:
    """Get, or post a form or JSON. UnreachableError if there is no answer that Muster could have given.

    `authorization` is the whole header, in place of a token, for others than Muster.
    """
    headers = {"User-Agent": AGENT, "Accept": accept}
    data = None
    if form is not None:
        data = urlencode(form).encode()
    elif body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if token is not None:
        authorization = f"Bearer {token}"
    if authorization is not None:
        headers["Authorization"] = authorization
    return _sent(Request(address(url), data, headers), url)  # noqa: S310 (http and https only: `address`)


def address(url: str) -> str:
    """The same, if it is a web address. FaultyError for anything else."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isprintable():
            return url
    except ValueError:
        pass
    raise FaultyError(
        f"{url!r} is no address of a server.", code="USAGE", field="server", hint="It begins with https:// or http://."
    )


def _sent(request: Request, url: str) -> Answer:
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return _read(answer.status, answer.read(), url)
    except HTTPError as error:
        with error:
            return _read(error.code, error.read(), url)
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        raise UnreachableError(
            f"Can't reach {url}: {said}.", code="UNREACHABLE", hint="Does it run? --server or MUSTER_URL names another."
        ) from error


def _read(status: int, content: bytes, url: str) -> Answer:
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnreachableError(
            f"{url} answered {status}, not as Muster does.", code="UNREACHABLE", hint="Is this the address of its API?"
        )
    return Answer(status, body)
