"""Requests to addresses that people gave us: the name is resolved once and judged, and what was judged is connected to.

Shared by webhooks and by the client of vendors, so that neither has a way around integrations.address_guard.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from core.correlation import outgoing
from core.tls import trusted
from integrations.address_guard import resolve

DEFAULT_PORTS = {"http": 80, "https": 443}


@asynccontextmanager
async def pinned(
    method: str, url: str, headers: Mapping[str, str], *, seconds: float, allow_private: bool, **content: Any
) -> AsyncIterator[httpx.Response]:
    """The answer to a request, its content not yet read; redirects are answers. `content`: as httpx's build_request.

    ForbiddenAddressError and UnresolvableError as the guard raises them; httpx's own errors for all else. `seconds`
    bounds each step of the exchange: bound the whole around it.
    """
    target = httpx.URL(url)
    port = target.port or DEFAULT_PORTS[target.scheme]
    address = await resolve(target.host, port, allow_private=allow_private)
    # Proxies of the environment are not used: the checked address would not be the one that is connected to.
    async with httpx.AsyncClient(verify=trusted(), trust_env=False, timeout=seconds, follow_redirects=False) as client:
        request = client.build_request(
            method,
            target.copy_with(host=address),
            headers={**outgoing(), **headers, "host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": target.host},
            **content,
        )
        answer = await client.send(request, stream=True)
        try:
            yield answer
        finally:
            await answer.aclose()
