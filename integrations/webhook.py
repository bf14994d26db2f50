"""Posting signed messages to webhooks, as https://www.standardwebhooks.com says. Called by jobs only."""

import asyncio
import functools
import ssl
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from integrations.address_guard import ForbiddenAddressError, UnresolvableError, resolve

SECONDS = 10.0
"""For everything: finding the address, connecting, sending, and the first line of the answer."""

DEFAULT_PORTS = {"http": 80, "https": 443}

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
        "content-type": "application/json",
        "user-agent": "Muster-Webhook/1",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(message.moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.id, message.moment, message.body.decode()),
    }


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reads hundreds of certificates: once a process


async def post(url: str, message: Message, secret: str, *, allow_private: bool = False) -> int:
    """Post a message and return the status of the answer, whatever it is. Redirects are answers, never followed.

    WebhookError if there is no answer within 10 s, or if the address may not be connected to
    (integrations.address_guard). The answer's body is not read: it is of no use, and could be endless.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _post(url, message, secret, allow_private=allow_private)
    except (ForbiddenAddressError, UnresolvableError, httpx.InvalidURL, *NEVER_SENT) as error:
        raise WebhookError(_said(error), uncertain=False) from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise WebhookError(_said(error), uncertain=True) from error


def _said(error: Exception) -> str:
    return str(error) or f"no answer within {SECONDS:g} s ({type(error).__name__})"


async def _post(url: str, message: Message, secret: str, *, allow_private: bool) -> int:
    target = httpx.URL(url)
    port = target.port or DEFAULT_PORTS[target.scheme]
    address = await resolve(target.host, port, allow_private=allow_private)
    headers = {**signed_headers(message, secret), "host": target.netloc.decode("ascii")}
    # Proxies of the environment are not used: the checked address would not be the one that is connected to.
    async with httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=SECONDS, follow_redirects=False) as client:
        request = client.build_request(
            "POST",
            target.copy_with(host=address),
            content=message.body,
            headers=headers,
            extensions={"sni_hostname": target.host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code
