"""Pages of the command centre over slow lines: brotli or gzip, by what the browser takes (RFC 9110 §12.5.3).

They hold no secret beside what a stranger could have put into the same page (BREACH): the key of a session is in a
cookie alone, and forms are known by where they come from.
"""

import gzip

import brotli
from starlette.requests import Request
from starlette.responses import Response

SMALLEST = 1_000
"""Bytes of a page that is worth it."""
QUALITY, LEVEL = 4, 4
"""A page is made for one reader at a time: the last per cents would cost more than the line."""


def packed(request: Request, answer: Response) -> Response:
    """The same answer, its body compressed if that is worth it and asked for."""
    body = bytes(answer.body)
    if len(body) < SMALLEST:
        return answer
    taken = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").lower().split(",")}
    answer.headers["Vary"] = "Accept-Encoding"
    if "br" in taken:
        answer.body, coding = brotli.compress(body, quality=QUALITY), "br"
    elif "gzip" in taken:
        answer.body, coding = gzip.compress(body, LEVEL, mtime=0), "gzip"
    else:
        return answer
    answer.headers["Content-Encoding"] = coding
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer
