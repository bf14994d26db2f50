"""Secrets that we must be able to read again (webhook signing keys), sealed at rest with Fernet."""

import base64
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.settings import Settings

KEY_FILE = "secret.key"


class SealError(Exception):
    """A sealed secret that none of our keys opens: the key was lost or changed."""


def _fernet(passphrase: str) -> Fernet:
    # MUSTER_SECRET_KEY is any long random text; Fernet wants exactly 32 bytes.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"muster sealed secrets\0" + passphrase.encode()).digest()))


def _keys_of(data_dir: Path) -> list[str]:
    """The keys kept in the data folder, the newest first, one a line; the first is made when one is needed."""
    path = data_dir / KEY_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = _draft(data_dir, [Fernet.generate_key().decode()])
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # refused if another process was faster: then its key is the one
        draft.unlink()
    return path.read_text().split()


def _draft(data_dir: Path, keys: list[str]) -> Path:
    """A complete file of keys that only its owner can read, not yet in its place."""
    descriptor, draft = tempfile.mkstemp(dir=data_dir, prefix=KEY_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(keys))
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


def add_key(data_dir: Path) -> None:
    """Put a new key before those of the data folder: what is sealed from now on is sealed with it."""
    keys = [Fernet.generate_key().decode(), *_keys_of(data_dir)]
    _draft(data_dir, keys).replace(data_dir / KEY_FILE)


def keep_newest_key(data_dir: Path) -> None:
    """Forget all keys of the data folder but the newest. What only the others open is lost."""
    _draft(data_dir, _keys_of(data_dir)[:1]).replace(data_dir / KEY_FILE)


def given_keys(settings: Settings) -> list[str]:
    """The keys of MUSTER_SECRET_KEY, the newest first, separated by commas; none if they are in the data folder."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else ""
    return [key.strip() for key in given.split(",") if key.strip()]


class Secrets:
    """Seals and opens. The first key seals; all of them open, so that a key can be replaced step by step."""

    def __init__(self, keys: list[str], *, reload: Callable[[], list[str]] | None = None) -> None:
        self._box = _box(keys)
        self._signing = _signing_keys(keys)
        self._reload = reload
        """Where the keys are that were added since: another process may seal with them already."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the keys of MUSTER_SECRET_KEY, else of the data folder."""
        given = given_keys(settings)
        if given:
            return cls(given)
        return cls(_keys_of(settings.data_dir), reload=lambda: _keys_of(settings.data_dir))

    def seal(self, secret: str) -> bytes:
        """The secret as it may lie in the database, under the newest key that there is by now."""
        if self._reload is not None:
            self._box = _box(self._reload())
        return self._box.encrypt(secret.encode())

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret under the newest key. SealError as for `open`."""
        return self.seal(self.open(sealed))

    def open(self, sealed: bytes) -> str:
        """The secret again; SealError if it was sealed with a key that we no longer have."""
        try:
            return self._opened(sealed)
        except InvalidToken:
            raise SealError("sealed with another key: is MUSTER_SECRET_KEY the one it was?") from None

    def signing_keys(self) -> list[bytes]:
        """The keys for signatures (core.signing), derived from those that seal, the newest first."""
        if self._reload is not None:
            self._signing = _signing_keys(self._reload())
        return self._signing

    def _opened(self, sealed: bytes) -> str:
        try:
            return self._box.decrypt(sealed).decode()
        except InvalidToken:
            if self._reload is None:
                raise
            self._box = _box(self._reload())
            return self._box.decrypt(sealed).decode()


def _signing_keys(keys: list[str]) -> list[bytes]:
    # A key of its own for each use, so that neither tells anything of the other.
    return [hashlib.sha256(b"muster signed links\0" + key.encode()).digest() for key in keys]


def _box(keys: list[str]) -> MultiFernet:
    return MultiFernet([_fernet(key) for key in keys])
