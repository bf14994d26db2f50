"""Which server is meant, and the token for it."""

import os
import time

from server.commands import credentials
from server.remote.failures import SignedOutError
from server.remote.wire import address


def server_of(given: str | None) -> str:
    """The address of the server: the one given (--server, MUSTER_URL), else this machine's if its settings say where.

    Else the one that was signed in to last, or http://127.0.0.1:8000.
    """
    return address((given or _local() or _last() or "http://127.0.0.1:8000").rstrip("/"))


def token_for(server: str) -> str:
    """MUSTER_TOKEN, or what `muster login` kept for the server. SignedOutError if there is neither."""
    if token := os.environ.get("MUSTER_TOKEN"):
        return token
    kept = credentials.read().get(server)
    if kept is None:
        raise SignedOutError(
            f"You are not signed in to {server}.",
            code="UNAUTHENTICATED",
            hint=f"Run `muster login --server {server}`, or set MUSTER_TOKEN.",
        )
    return kept.token


def days_left(server: str) -> float | None:
    """How long the token that was kept for a server is still good; None if that is not known, or another is used."""
    kept = credentials.read().get(server)
    if kept is None or kept.expires_at is None or os.environ.get("MUSTER_TOKEN"):
        return None
    return (kept.expires_at - time.time()) / 86_400


def _local() -> str | None:
    """Where a server with these settings is (core.settings.Settings.base_url, which takes long to load)."""
    said = os.environ.get
    if said("MUSTER_PUBLIC_URL"):
        return said("MUSTER_PUBLIC_URL")
    if said("MUSTER_HOST") or said("MUSTER_PORT"):
        return f"http://{said('MUSTER_HOST') or '127.0.0.1'}:{said('MUSTER_PORT') or 8000}"
    return None


def _last() -> str | None:
    return next(reversed(credentials.read()), None)
