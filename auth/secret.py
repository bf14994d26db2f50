"""Secrets that we hand out: long, random, prefixed so that scanners find leaked ones, kept as SHA-256 only."""

import hashlib
import secrets

TOKEN = "mst_"  # noqa: S105 (a prefix, not a secret)
HOOK_KEY = "msh_"
LINK = "msl_"
SESSION = "mss_"


def new_secret(prefix: str) -> str:
    """A secret with 256 random bits: no salt or slow hash is needed to keep its digest."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
