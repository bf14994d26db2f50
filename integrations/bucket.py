"""Files in a bucket of S3, or of anything that speaks its protocol (ADR 0015).

Nothing is atomic over several objects, so the order is what readers depend on: first what pages point to, then pages,
the entrance last, and only then what is gone. One object, the claim, says who publishes: it is changed only if it is
still what was read (If-Match, https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from core.export_settings import ExportSettings
from core.publication import OvertakenError, Written

if TYPE_CHECKING:
    from obstore.store import S3Store

CLAIM = ".muster-export"
AT_A_TIME = 16
SECONDS = 20
FIXED_DAYS = 30
"""How long an object stays that no page points to any more and that is named by what is in it."""


class BucketError(Exception):
    """The bucket can't be used; one line for an operator, without secrets."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is to be. `fixed`: it is named by what is in it."""

    key: str
    content: bytes
    media_type: str
    caching: str
    fixed: bool

    @property
    def etag(self) -> str:
        """The ETag that S3 gives to such bytes (not where it encrypts with keys of KMS: then all is uploaded)."""
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass(frozen=True, slots=True)
class Claim:
    """Who published last. `etag` None: nobody."""

    serial: int
    headers: str
    etag: str | None


class Bucket:
    """One prefix of one bucket: `s3://bucket/prefix`."""

    def __init__(self, settings: ExportSettings) -> None:
        self._store = open_store(settings, settings.export_bucket or "")
        self._uploaded: dict[str, tuple[str, str]] = {}
        """What we uploaded: by key, our digest and the ETag that the store gave to it."""

    async def held(self) -> Claim:
        """The claim as it is. Read it before the database, and give it to `publish`."""
        import obstore  # noqa: PLC0415 (an extra: muster[s3])

        try:
            found = await obstore.get_async(self._store, CLAIM)
            said = orjson.loads(bytes(await found.bytes_async()))
            return Claim(int(said["serial"]), str(said["headers"]), found.meta["e_tag"])
        except FileNotFoundError:
            return Claim(0, "", None)
        except (ValueError, KeyError, TypeError) as error:
            raise BucketError(f"{CLAIM} in the bucket is none of ours: remove it") from error
        except Exception as error:
            raise BucketError(in_a_line(error)) from error

    async def publish(self, held: Claim, wanted: Sequence[Stored], entrance: str) -> Written:
        """Make the bucket hold these objects and no others. OvertakenError if somebody else publishes; BucketError."""
        try:
            return await self._publish(held, wanted, entrance)
        except (OvertakenError, BucketError):
            raise
        except Exception as error:
            raise BucketError(in_a_line(error)) from error

    async def _publish(self, held: Claim, wanted: Sequence[Stored], entrance: str) -> Written:
        headers = _headers_of(wanted)
        await self._claim(held, headers)
        there = await self._there()
        changed = [each for each in wanted if held.headers != headers or not self._same(each, there)]
        await self._upload([each for each in changed if each.fixed])
        if (await self.held()).serial != held.serial + 1:
            raise OvertakenError("somebody else began to publish meanwhile")
        try:
            await self._upload([each for each in changed if not each.fixed and each.key != entrance])
            await self._upload([each for each in changed if each.key == entrance])
        finally:  # what may not be seen any more goes, even if what is new can't come
            gone = await self._remove(there, {each.key for each in wanted})
        return Written(len(wanted), len(changed), gone, sum(len(each.content) for each in wanted))

    async def _claim(self, held: Claim, headers: str) -> None:
        import obstore  # noqa: PLC0415
        from obstore.exceptions import AlreadyExistsError, PreconditionError  # noqa: PLC0415

        content = orjson.dumps({"serial": held.serial + 1, "headers": headers})
        mode: Any = {"e_tag": held.etag} if held.etag else "create"
        about: Any = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        try:
            await obstore.put_async(self._store, CLAIM, content, mode=mode, attributes=about)
        except (AlreadyExistsError, PreconditionError) as error:
            raise OvertakenError("somebody else published meanwhile") from error

    async def _there(self) -> dict[str, Any]:
        """The objects that are there, by key."""
        import obstore  # noqa: PLC0415

        return {each["path"]: each async for some in obstore.list(self._store) for each in some}

    def _same(self, wanted: Stored, there: dict[str, Any]) -> bool:
        found = there.get(wanted.key)
        if found is None:
            return False
        digest = wanted.etag
        return found["e_tag"] == digest or self._uploaded.get(wanted.key) == (digest, found["e_tag"])

    async def _upload(self, objects: Iterable[Stored]) -> None:
        import obstore  # noqa: PLC0415

        turn = asyncio.Semaphore(AT_A_TIME)

        async def put(each: Stored) -> None:
            about: Any = {"Content-Type": each.media_type, "Cache-Control": each.caching}
            async with turn:
                result = await obstore.put_async(self._store, each.key, each.content, attributes=about)
            self._uploaded[each.key] = (each.etag, result["e_tag"] or "")

        async with asyncio.TaskGroup() as group:
            for each in objects:
                group.create_task(put(each))

    async def _remove(self, there: dict[str, Any], wanted: set[str]) -> int:
        """Delete what is not wanted; style sheets of old pages only after a month. How many."""
        import obstore  # noqa: PLC0415

        long_ago = datetime.now(UTC) - timedelta(days=FIXED_DAYS)  # the store's clock is real
        gone = [
            key
            for key, found in there.items()
            if key not in wanted
            and key != CLAIM
            and not (key.startswith("static/") and found["last_modified"] > long_ago)
        ]
        if gone:
            await obstore.delete_async(self._store, gone)
        for key in gone:
            self._uploaded.pop(key, None)
        return len(gone)


def open_store(settings: ExportSettings, address: str) -> "S3Store":
    """A bucket and a prefix in it (`s3://bucket/prefix`). Nothing is asked yet. BucketError without the library."""
    try:
        from obstore.store import S3Store  # noqa: PLC0415
    except ImportError as error:
        raise BucketError(f"{address} needs the library obstore: pip install 'muster[s3]'") from error
    place = urlsplit(address)
    given = {
        "endpoint": settings.s3_endpoint,
        "region": settings.s3_region,
        "access_key_id": settings.s3_key_id,
        "secret_access_key": settings.s3_secret.get_secret_value() if settings.s3_secret else None,
        "token": settings.s3_token.get_secret_value() if settings.s3_token else None,
    }
    config: Any = {name: value for name, value in given.items() if value}
    client: Any = {"allow_http": (settings.s3_endpoint or "").startswith("http://"), "timeout": f"{SECONDS}s"}
    retries: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=SECONDS)}
    prefix = place.path.strip("/") or None
    return S3Store(place.netloc, prefix=prefix, client_options=client, retry_config=retries, **config)


def _headers_of(objects: Sequence[Stored]) -> str:
    """What is told with the objects: when a new version of ours tells something else, all are uploaded again."""
    told = sorted({(each.key.rpartition(".")[2], each.media_type, each.caching) for each in objects if not each.fixed})
    kinds = sorted({(media_type, caching) for _, media_type, caching in told})
    return hashlib.sha256(orjson.dumps(kinds)).hexdigest()[:16]


def in_a_line(error: BaseException) -> str:
    """What went wrong, for an operator: the store's first line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:400]
