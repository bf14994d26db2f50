"""Secrets that we hand out: long, random, prefixed so that scanners find leaked ones, kept as SHA-256 only.

A checksum ends each of them, so that a mistyped or invented one is told apart without asking the database, and a
scanner finds no false ones (the form that GitHub's tokens have).
"""

import base64
import hashlib
import secrets
import string
import zlib

TOKEN = "mst_"  # noqa: S105 (a prefix, not a secret)
HOOK_KEY = "msh_"
HOOK_SECRET = "msk_"  # noqa: S105
LINK = "msl_"
SESSION = "mss_"
CLIENT_SECRET = "msc_"  # noqa: S105
DEVICE = "msd_"

PREFIXES = (TOKEN, HOOK_KEY, HOOK_SECRET, LINK, SESSION, CLIENT_SECRET, DEVICE)

LENGTH = 43
"""Characters of 32 random bytes in base64url."""
CHECKSUM = 6
MAIL_KEY = 52
"""Characters of a key in a mail address."""
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _checksum(body: str) -> str:
    """CRC-32 of a text in base 62, six digits."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM):
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


def new_secret(prefix: str) -> str:
    """A secret with 256 random bits: no salt or slow hash is needed to keep its digest."""
    body = prefix + secrets.token_urlsafe(32)
    return body + _checksum(body)


def well_formed(secret: str, prefix: str) -> bool:
    """Whether a text can be a secret that we made: prefix, length and checksum."""
    if len(secret) != len(prefix) + LENGTH + CHECKSUM or not secret.startswith(prefix) or not secret.isascii():
        return False
    return secret[-CHECKSUM:] == _checksum(secret[:-CHECKSUM])


def new_mail_key() -> str:
    """A key that is the first part of a mail address, with 200 random bits: servers on the way may change its case.

    `msh_`, 40 digits in base32 and the CRC-32 of all that in hexadecimal; 52 of the 64 characters that RFC 5321
    (4.5.3.1.1) allows, all in lower case.
    """
    body = HOOK_KEY + base64.b32encode(secrets.token_bytes(25)).decode().lower()
    return f"{body}{zlib.crc32(body.encode()):08x}"


def mail_key(address: str) -> str | None:
    """The key that stands before the @ of an address, in lower case; None if there can be none."""
    key = address.rpartition("@")[0].strip('"').lower()
    if not key.isascii() or not key.startswith(HOOK_KEY) or len(key) != MAIL_KEY:
        return None
    return key if key[-8:] == f"{zlib.crc32(key[:-8].encode()):08x}" else None


def digest(secret: str) -> bytes:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
