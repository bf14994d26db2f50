"""Secrets that we must be able to read again (webhook signing keys), sealed at rest with Fernet."""

import base64
import contextlib
import hashlib
import os
import tempfile
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


def _key_of(data_dir: Path) -> str:
    """The key kept in the data folder, made at the first need: readable by its owner only, complete or not there."""
    path = data_dir / KEY_FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=data_dir, prefix=KEY_FILE)  # readable by its owner only
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # refused if another process was faster: then its key is the one
        Path(draft).unlink()
    return path.read_text()


class Secrets:
    """Seals and opens. The first key seals; all of them open, so that a key can be replaced step by step."""

    def __init__(self, keys: list[str]) -> None:
        self._box = MultiFernet([_fernet(key) for key in keys])

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the keys of MUSTER_SECRET_KEY (newest first, separated by commas), else of the data folder."""
        given = settings.secret_key.get_secret_value() if settings.secret_key else ""
        keys = [key.strip() for key in given.split(",") if key.strip()]
        return cls(keys or [_key_of(settings.data_dir)])

    def seal(self, secret: str) -> bytes:
        """The secret as it may lie in the database."""
        return self._box.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """The secret again; SealError if it was sealed with a key that we no longer have."""
        try:
            return self._box.decrypt(sealed).decode()
        except InvalidToken:
            raise SealError("sealed with another key: is MUSTER_SECRET_KEY the one it was?") from None
