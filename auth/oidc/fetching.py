"""Requests to an identity provider: short, small, JSON only, and never redirected elsewhere."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from auth.oidc.problems import ProviderError
from core.oidc_settings import is_loopback
from core.tls import trusted

SECONDS = 5.0
"""For the whole answer, however slowly it drips."""
LARGEST = 512 * 1024
"""Bytes of an answer."""


async def fetch_json(
    address: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object that an address answers with. ProviderError for anything else."""
    proxied = not is_loopback(httpx.URL(address).host)
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(verify=trusted(), follow_redirects=False, timeout=SECONDS, trust_env=proxied) as client,
            client.stream(
                method, address, headers={"Accept": "application/json", **(headers or {})}, content=body
            ) as answer,
        ):
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > LARGEST:
                    raise ProviderError(f"{address} answered with more than {LARGEST} bytes")
            status = answer.status_code
    except TimeoutError as error:
        raise ProviderError(f"{address} did not answer within {SECONDS:.0f} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise ProviderError(f"{address} can't be reached: {str(error) or type(error).__name__}") from error
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ProviderError(f"{address} answered {status}, but not with JSON") from error
    if not isinstance(parsed, dict):
        raise ProviderError(f"{address} answered {status}, but not with a JSON object")
    return status, parsed


async def fetch_good(address: str) -> dict[str, Any]:
    """The JSON object of an address that answers 200; ProviderError otherwise."""
    status, parsed = await fetch_json(address)
    if status != httpx.codes.OK:
        raise ProviderError(f"{address} answered {status}")
    return parsed
