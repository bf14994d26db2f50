"""The places that the status page is published to, behind one small face, and who may publish there."""

import asyncio
import fcntl
import logging
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from core.db import plain_url
from core.publication import OvertakenError, Written
from core.settings import Settings
from integrations.bucket import Bucket, Stored
from statuspage.bundle import Bundle
from statuspage.folder import Folder
from statuspage.kept import COPY, MATTER, keep

EXPORT_LOCK = 7431
"""Advisory lock of the worker that publishes, held by its connection: it is free as soon as that is gone."""

CONNECT_SECONDS = 5.0

log = logging.getLogger(__name__)


class Place(Protocol):
    """Where a bundle goes. `held` is what is there, read before the bundle is; `publish` refuses if it is another."""

    name: str

    async def held(self) -> Any:
        """What is there now."""

    async def publish(self, held: Any, bundle: Bundle) -> Written:
        """Make the bundle what is there. OvertakenError if `held` is not there any more."""


class FolderPlace:
    """A folder that a web server reads."""

    def __init__(self, path: Path) -> None:
        self.name = f"dir:{path}"
        self._folder = Folder(path)

    async def held(self) -> int:
        """The version that readers see."""
        return await asyncio.to_thread(self._folder.held)

    async def publish(self, held: int, bundle: Bundle) -> Written:
        """Swap in the bundle."""
        return await asyncio.to_thread(self._folder.publish, held, bundle)


class BucketPlace:
    """A bucket behind a CDN. It compresses and adds headers; see docs/guides/status-export.md."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.export or ""
        self._settings = settings
        self._bucket: Bucket | None = None

    async def held(self) -> Any:
        """The claim in the bucket. BucketError when it can't be used."""
        self._bucket = self._bucket or Bucket(self._settings)
        return await self._bucket.held()

    async def publish(self, held: Any, bundle: Bundle) -> Written:
        """Upload what has changed."""
        bucket = self._bucket = self._bucket or Bucket(self._settings)
        objects = [Stored(f.key, f.body.plain, f.media_type, f.caching, f.fixed) for f in bundle.files.values()]
        return await bucket.publish(held, objects, entrance=bundle.files["/"].key)


class CopyPlace:
    """The copy in the data folder, for an API process of this machine that starts while the database is gone."""

    def __init__(self, data_dir: Path) -> None:
        self.name = f"copy:{data_dir}"
        self._path = data_dir / COPY / MATTER
        self._lock: Any = None

    async def held(self) -> int:
        """Nothing to compare: one worker of a machine writes it (`lead`)."""
        return 0

    async def publish(self, held: int, bundle: Bundle) -> Written:  # noqa: ARG002 (Place)
        """Replace the copy."""
        await asyncio.to_thread(keep, self._path, bundle)
        return Written(1, 1, 0, sum(map(len, bundle.matter.values())))

    def lead(self) -> bool:
        """Whether this process is the one of the machine that writes it; it stays so until it ends."""
        if self._lock is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = (self._path.parent / ".lock").open("ab")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            self._lock = lock
        return True

    def close(self) -> None:
        """Let another process write it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def place_of(settings: Settings) -> Place | None:
    """The place that the settings name, if they do."""
    if settings.export_folder:
        return FolderPlace(settings.export_folder)
    return BucketPlace(settings) if settings.export_bucket else None


class Lead:
    """The advisory lock of the worker that publishes: one on all machines."""

    def __init__(self, direct_url: str) -> None:
        self._address = plain_url(direct_url)
        self._connection: Any = None
        self._held = False

    async def held(self) -> bool:
        """Whether this process leads, now. False when the database is away: who leads then can't be known."""
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self._address,
                    timeout=CONNECT_SECONDS,
                    command_timeout=CONNECT_SECONDS,
                    server_settings={"application_name": "muster export"},
                )
            ask = "select true" if self._held else f"select pg_try_advisory_lock({EXPORT_LOCK})"
            self._held = bool(await self._connection.fetchval(ask))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self.close()
        return self._held

    def close(self) -> None:
        """Give up the lead."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection, self._held = None, False


__all__ = ["BucketPlace", "CopyPlace", "FolderPlace", "Lead", "OvertakenError", "Place", "place_of"]
