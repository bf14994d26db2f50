"""One provider as this process knows it: its metadata and keys, asked for when needed and remembered."""

import asyncio
import time
from collections.abc import Callable

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from auth.oidc.fetching import fetch_good
from auth.oidc.metadata import Metadata, discover
from auth.oidc.problems import ProviderError
from core.oidc_settings import ProviderSettings

PublicKey = RSAKey | ECKey | OKPKey

REMEMBERED = 3600.0
"""Seconds until metadata and keys are asked for anew."""
FAILED = 5.0
"""Seconds for which a provider that failed is not asked again: visitors don't queue up behind its timeouts."""
REFETCH = 30.0
"""Seconds between two looks for a key that is not known: tokens with invented key ids must not make us ask often."""
MOST_KEYS = 100


class Connection:
    """A provider's metadata and keys. `elapsed` tells seconds that only grow."""

    def __init__(self, provider: ProviderSettings, elapsed: Callable[[], float] = time.monotonic) -> None:
        self.provider = provider
        self._elapsed = elapsed
        self._lock = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, dict[str | None, list[PublicKey]]] | None = None
        self._failed: tuple[float, str] | None = None
        self._sought: float | None = None

    async def metadata(self) -> Metadata:
        """Where the provider's doors are. ProviderError if it can't be had; the one had last is good for an hour."""
        async with self._lock:
            return await self._known_metadata()

    async def keys(self, key_id: str | None) -> list[PublicKey]:
        """The public keys with an id, or all of them where the token names none (Core §10.1).

        An unknown id makes us look again once: keys rotate. ProviderError if they can't be had.
        """
        async with self._lock:
            known = await self._known_keys(anew=False)
            if key_id is not None and key_id not in known and self._may_seek():
                known = await self._known_keys(anew=True)
        return known.get(key_id, []) if key_id is not None else [key for keys in known.values() for key in keys]

    def _may_seek(self) -> bool:
        now = self._elapsed()
        may = self._sought is None or now >= self._sought + REFETCH
        if may:
            self._sought = now
        return may

    async def _known_metadata(self) -> Metadata:
        if self._metadata is None or self._elapsed() >= self._metadata[0]:
            self._refuse_failed()
            try:
                found = await discover(self.provider)
            except ProviderError as error:
                raise self._failing(error) from error
            self._metadata = (self._elapsed() + REMEMBERED, found)
        return self._metadata[1]

    async def _known_keys(self, *, anew: bool) -> dict[str | None, list[PublicKey]]:
        if anew or self._keys is None or self._elapsed() >= self._keys[0]:
            address = (await self._known_metadata()).keys
            self._refuse_failed()
            try:
                found = read_keys((await fetch_good(address)).get("keys"))
            except ProviderError as error:
                raise self._failing(error) from error
            self._keys = (self._elapsed() + REMEMBERED, found)
        return self._keys[1]

    def _refuse_failed(self) -> None:
        if self._failed is not None and self._elapsed() < self._failed[0]:
            raise ProviderError(self._failed[1])

    def _failing(self, error: ProviderError) -> ProviderError:
        self._failed = (self._elapsed() + FAILED, str(error))
        return error


def read_keys(given: object) -> dict[str | None, list[PublicKey]]:
    """The public signing keys of a key set (RFC 7517) by id. What we can't use is left out."""
    found: dict[str | None, list[PublicKey]] = {}
    for data in given[:MOST_KEYS] if isinstance(given, list) else []:
        if not isinstance(data, dict) or data.get("use", "sig") != "sig" or data.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            key = JWKRegistry.import_key(data)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found.setdefault(data.get("kid") if isinstance(data.get("kid"), str) else None, []).append(key)
    if not found:
        raise ProviderError("the provider's key set holds no key that we can use")
    return found
