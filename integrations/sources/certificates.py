"""Certificates by which a vendor signs: fetched from its own host, checked, and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from integrations.address_guard import ForbiddenAddressError, UnresolvableError
from integrations.pinned import pinned
from integrations.refusal import Reason, Refusal

SECONDS = 4.0
"""To fetch one: SNS waits 15 s for our answer."""
MOST_BYTES = 20_000
KEPT = timedelta(days=1)
PAUSE = timedelta(seconds=5)
"""Between a failure and the next attempt."""
MOST = 20
"""Certificates that are kept: SNS changes one in years."""

Fetch = Callable[[str], Awaitable[bytes]]


async def fetch(address: str) -> bytes:
    """What stands at an address whose host the caller knows. Refusal (503) if it can't be had now."""
    try:
        async with asyncio.timeout(SECONDS):
            async with pinned("GET", address, {}, seconds=SECONDS, allow_private=False) as answer:
                content = bytearray()
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise _away("it is too long")
                if answer.status_code != httpx.codes.OK:
                    raise _away(f"its host answered {answer.status_code}")
                return bytes(content)
    except (httpx.HTTPError, TimeoutError, ForbiddenAddressError, UnresolvableError) as error:
        raise _away(str(error) or type(error).__name__) from error


def _away(why: str) -> Refusal:
    return Refusal(
        Reason.UNAVAILABLE, f"The certificate that signs this can't be fetched: {why}.", hint="Send it again later."
    )


class Certificates:
    """The keys of certificates by their address."""

    def __init__(self, get: Fetch = fetch) -> None:
        self._get = get
        self._kept: dict[str, tuple[datetime, RSAPublicKey]] = {}
        self._turn = asyncio.Lock()
        self._failed: datetime | None = None

    async def key_of(self, address: str, now: datetime) -> RSAPublicKey:
        """The key of a certificate that is valid now. Refusal for one that is not, or that can't be had.

        One is fetched at a time, and after a failure none for a moment: a storm asks its vendor once.
        """
        held = self._held(address, now)
        if held is not None:
            return held
        async with self._turn:
            held = self._held(address, now)
            if held is not None:
                return held
            if self._failed is not None and self._failed <= now < self._failed + PAUSE:
                raise _away("it could not be had a moment ago")
            try:
                key = _key(await self._get(address), now)
            except Refusal:
                self._failed = now
                raise
            self._keep(address, key, now)
            return key

    def _held(self, address: str, now: datetime) -> RSAPublicKey | None:
        since, key = self._kept.get(address, (None, None))
        return key if since is not None and since <= now < since + KEPT else None

    def _keep(self, address: str, key: RSAPublicKey, now: datetime) -> None:
        self._kept.pop(address, None)
        while len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[address] = (now, key)


def _key(content: bytes, now: datetime) -> RSAPublicKey:
    try:
        found = x509.load_pem_x509_certificate(content)
        key = found.public_key()
    except ValueError as error:
        raise _away("it is no certificate") from error
    if not isinstance(key, RSAPublicKey):
        raise _away("it has no RSA key")
    if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise _away("it is not valid now")
    return key


CERTIFICATES = Certificates()
"""Those of this process."""
