"""Posting signed messages to webhooks, as https://www.standardwebhooks.com says. Called by jobs only."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from core import tracing
from core.tracing import Kind
from integrations.address_guard import ForbiddenAddressError, UnresolvableError
from integrations.pinned import pinned

SECONDS = 10.0
"""For everything: finding the address, connecting, sending, and the first line of the answer."""

PLAIN = {"content-type": "application/json", "user-agent": "Muster-Webhook/1"}
"""What every message says of itself."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)


class WebhookError(Exception):
    """No answer. `uncertain`: the message may have arrived all the same."""

    def __init__(self, message: str, *, uncertain: bool) -> None:
        super().__init__(message)
        self.uncertain = uncertain


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted. `id` stays the same through all attempts; `moment` is this attempt's."""

    id: str
    moment: datetime
    body: bytes


def signed_headers(message: Message, secret: str) -> dict[str, str]:
    """The headers that let the receiver check where a message is from, and that it is neither changed nor old."""
    return {
        **PLAIN,
        "webhook-id": message.id,
        "webhook-timestamp": str(int(message.moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.id, message.moment, message.body.decode()),
    }


async def post(url: str, message: Message, secret: str, *, allow_private: bool = False) -> int:
    """Post a signed message as `post_json` does."""
    return await post_json(url, message.body, signed_headers(message, secret), allow_private=allow_private)


async def post_json(url: str, body: bytes, headers: Mapping[str, str] = PLAIN, *, allow_private: bool = False) -> int:
    """Post JSON and return the status of the answer, whatever it is. Redirects are answers, never followed.

    WebhookError if there is no answer within 10 s, or if the address may not be connected to
    (integrations.address_guard). The answer's body is not read: it is of no use, and could be endless.
    """
    try:
        async with asyncio.timeout(SECONDS):
            sending = pinned("POST", url, headers, seconds=SECONDS, allow_private=allow_private, content=body)
            with tracing.span("post to a webhook", Kind.CLIENT, {"http.request.method": "POST"}) as span:
                async with sending as answer:
                    span.note("http.response.status_code", answer.status_code)
                    return answer.status_code
    except (ForbiddenAddressError, UnresolvableError, httpx.InvalidURL, *NEVER_SENT) as error:
        raise WebhookError(_said(error), uncertain=False) from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise WebhookError(_said(error), uncertain=True) from error


def _said(error: Exception) -> str:
    return str(error) or f"no answer within {SECONDS:g} s ({type(error).__name__})"
