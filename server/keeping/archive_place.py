"""Where archives are kept: `dir:/path` or `s3://bucket/prefix`, as for the export of the status page."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from core.settings import Settings
from integrations.bucket import BucketError, in_a_line, open_store
from server.startup import StartError


class ArchivePlace(Protocol):
    """Keeps files by name. StartError when it can't."""

    name: str

    async def keep(self, name: str, content: bytes) -> None:
        """Keep a new file."""

    async def fetch(self, name: str) -> bytes:
        """A file that was kept."""


class InFolder:
    """A folder."""

    def __init__(self, path: Path) -> None:
        self.name = f"dir:{path}"
        self._path = path

    async def keep(self, name: str, content: bytes) -> None:
        """Write it, and give it its name when it is on disk; it is never written over."""
        await asyncio.to_thread(self._keep, name, content)

    def _keep(self, name: str, content: bytes) -> None:
        part = self._path / f".{name}.part"
        try:
            self._path.mkdir(parents=True, mode=0o700, exist_ok=True)
            if (self._path / name).exists():
                raise StartError(f"{self._path / name} is there already")
            with part.open("wb") as file:
                part.chmod(0o600)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(self._path / name)
            folder = os.open(self._path, os.O_RDONLY)
            try:
                os.fsync(folder)  # its name, too: what is in it is deleted elsewhere
            finally:
                os.close(folder)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)  # a full disk must not be kept full by what is no archive
            raise StartError(f"can't write to {self._path}: {error.strerror}") from error

    async def fetch(self, name: str) -> bytes:
        """Read it."""
        try:
            return await asyncio.to_thread((self._path / name).read_bytes)
        except OSError as error:
            raise StartError(f"can't read {self._path / name}: {error.strerror}") from error


class InBucket:
    """A prefix of a bucket."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.name = address
        try:
            self._store = open_store(settings, address)
        except BucketError as error:
            raise StartError(str(error)) from error

    async def keep(self, name: str, content: bytes) -> None:
        """Upload it; it is never written over."""
        import obstore  # noqa: PLC0415 (an extra: muster[s3])

        try:
            await obstore.put_async(self._store, name, content, mode="create")
        except Exception as error:
            raise StartError(f"can't write to {self.name}: {in_a_line(error)}") from error

    async def fetch(self, name: str) -> bytes:
        """Download it."""
        import obstore  # noqa: PLC0415

        try:
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())
        except Exception as error:
            raise StartError(f"can't read {name} in {self.name}: {in_a_line(error)}") from error


def place_at(settings: Settings, address: str) -> ArchivePlace:
    """The place of an address. StartError for one that is none."""
    if address.startswith("s3://"):
        return InBucket(settings, address.rstrip("/"))
    if address.startswith("dir:/"):
        return InFolder(Path(address.removeprefix("dir:")))
    raise StartError(f"{address} is no place for archives: it must be dir:/an/absolute/path or s3://bucket/prefix")
