"""The one way in which adaptors speak HTTP: bounded, paced, counted, and sure of what a failure means (ADR 0018).

It never repeats a request. Whether that is safe, and when, is for the row of the ledger to know.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson
from prometheus_client import Counter, Histogram

from core import tracing
from core.redaction import redacted
from core.tracing import Attributes, Kind
from integrations.address_guard import ForbiddenAddressError, UnresolvableError
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable, TooLong, VendorError
from integrations.pinned import pinned

SECONDS = 10.0
"""For everything: finding the address, connecting, sending, and the whole answer."""
MOST_BYTES = 2_000_000
"""Of an answer. The longest that we ask for, a page of Jira issues, has some hundred thousand."""
LONGEST_WAIT = 3600.0
"""Seconds that a vendor can ask us to wait; more is taken for a mistake."""

NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

log = logging.getLogger(__name__)

requests = Counter("muster_vendor_requests_total", "Requests to vendors", ["vendor", "outcome"])
seconds = Histogram("muster_vendor_request_seconds", "How long vendors take to answer", ["vendor"])


@dataclass(frozen=True, slots=True)
class Account:
    """Somewhere that we are known."""

    vendor: str
    """As people call it."""
    base_url: str
    headers: Mapping[str, str]
    """The credentials, as header fields."""
    per_minute: int = 0
    """How often we may ask; 0: as often as we like."""
    allow_private: bool = False
    """Whether it may stand in our own network."""
    seconds: float = field(default_factory=lambda: SECONDS)
    """How long an answer may take, all of it."""
    most_bytes: int = MOST_BYTES
    """How long an answer may be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A success (2xx), or a 4xx that the caller wanted to see. `body`: of JSON, what it says; else None."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def good(self) -> bool:
        """Whether it is a success."""
        return self.status < 300  # noqa: PLR2004 (HTTP: success ends here)


class VendorClient:
    """Asks one account.

    `take` takes a request of what all processes together may ask; it gives the seconds to wait, 0 for none.
    """

    def __init__(self, account: Account, take: Callable[[], Awaitable[float]] | None = None) -> None:
        self._account = account
        self._take = take

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        once: bool,
        expected: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send a request below the account's base URL, with an object as JSON or a form, and read the answer.

        `once`: doing it again would be seen (it creates, or it wakes somebody). `expected`: refusals (4xx) that the
        caller reads itself. VendorError says what any other answer, or none, means.
        """
        await self._pace()
        vendor, started, outcome = self._account.vendor, time.monotonic(), "unforeseen"
        told: Attributes = {"muster.vendor": vendor, "http.request.method": method}
        with tracing.span(f"ask {vendor}", Kind.CLIENT, told) as span:
            try:
                answer = await self._send(_Question(method, path, json, form, params, headers or {}), once=once)
                span.note("http.response.status_code", answer.status)
                self._judge(answer, once=once, expected=expected)
                outcome = "done"
            except VendorError as error:
                outcome = type(error).__name__.lower()
                span.fail(type(error).__name__)
                raise
            finally:
                took = time.monotonic() - started
                requests.labels(vendor, outcome).inc()
                seconds.labels(vendor).observe(took)
                log.info("asked %s (%s): %s after %.3f s", vendor, method, outcome, took)
        return answer

    async def _pace(self) -> None:
        wait = await self._take() if self._take is not None else 0.0
        if wait > 0:
            raise Retryable(f"{self._account.vendor} takes no more requests from us this minute.", after=wait)

    async def _send(self, question: "_Question", *, once: bool) -> Answer:
        """The answer, whatever it is; VendorError if there is none."""
        name = self._account.vendor
        try:
            async with asyncio.timeout(self._account.seconds):
                return await self._exchange(question)
        except (ForbiddenAddressError, httpx.InvalidURL) as error:
            raise Permanent(f"The address of {name} can't be used: {_said(error)}") from error
        except (UnresolvableError, *NEVER_SENT) as error:
            raise Retryable(f"{name} can't be reached: {_said(error)}") from error
        except _EndlessError as error:
            words = f"{name} did not answer: {_said(error)}"
            raise (Ambiguous(words) if once else TooLong(words)) from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise _unsure(f"{name} did not answer: {_said(error)}", once=once) from error

    async def _exchange(self, question: "_Question") -> Answer:
        url = self._account.base_url.rstrip("/") + question.path
        fields = {"accept": "application/json", "user-agent": "Muster", **self._account.headers, **question.headers}
        private = self._account.allow_private
        content = {"params": question.params, "json": question.json, "data": question.form}
        seconds, most = self._account.seconds, self._account.most_bytes
        async with pinned(question.method, url, fields, seconds=seconds, allow_private=private, **content) as answer:
            return Answer(answer.status_code, answer.headers, _read(answer.headers, await _whole(answer, most)))

    def _judge(self, answer: Answer, *, once: bool, expected: frozenset[int]) -> None:
        """Nothing for an answer that the caller can use; else what it means."""
        name, status = self._account.vendor, answer.status
        if answer.good or status in expected:
            return
        if status == httpx.codes.UNAUTHORIZED:
            raise AuthExpired(f"{name} does not accept our credentials (401): enter new ones.")
        after = _wait(answer.headers)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise Retryable(f"{name} asks us to slow down (429).", after=after)
        if status == httpx.codes.SERVICE_UNAVAILABLE and after is not None:
            raise Retryable(f"{name} is not available at present (503).", after=after)
        if status >= 500:  # noqa: PLR2004 (HTTP: their fault)
            raise _unsure(f"{name} failed ({status}).", once=once)
        raise Permanent(f"{name} refuses this ({status}){_reason(answer.body)}")


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    path: str
    json: Any
    form: Mapping[str, str] | None
    params: Mapping[str, str] | None
    headers: Mapping[str, str]


class _EndlessError(Exception):
    """An answer is longer than we read."""


def _unsure(words: str, *, once: bool) -> VendorError:
    """It may have been done: that matters only for what must happen once."""
    return Ambiguous(words) if once else Retryable(words)


def _said(error: Exception) -> str:
    return f"{str(error).rstrip('.') or type(error).__name__}."


async def _whole(answer: httpx.Response, most: int) -> bytes:
    """The content, which may not be endless."""
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > most:
            raise _EndlessError(f"its answer has more than {most} bytes")
    return bytes(content)


def _read(headers: Mapping[str, str], content: bytes) -> Any:
    if "json" not in headers.get("content-type", ""):
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _wait(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After, as a number or as a date (RFC 9110 §10.2.3); None for none that can be meant."""
    given = headers.get("retry-after", "")
    try:
        after = float(given) if NUMBER.fullmatch(given) else _until(given)
    except ValueError:
        return None
    return after if after is None or 0 <= after <= LONGEST_WAIT else None


def _until(date: str) -> float | None:
    if not date:
        return None
    moment = parsedate_to_datetime(date)
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())  # the vendor's clock is a real one


REASONS = ("error_description", "message", "error", "detail", "errorMessages", "errors")
"""Where vendors write what is wrong."""
MOST_REASON = 200
"""Characters of it that are kept."""


def _reason(body: Any) -> str:
    """What the vendor says of a refusal, in short."""
    if isinstance(body, dict):
        for name in REASONS:
            if body.get(name):
                said = body[name] if isinstance(body[name], str) else orjson.dumps(body[name]).decode()
                return f": {redacted(said[:MOST_REASON])}"
    return "."
