"""Our cookies. With TLS they carry the prefix `__Host-`, which no other host or plain connection can set (RFC 6265bis).

On plain http (a laptop, loopback) they have no prefix and are not Secure: Safari refuses such cookies there.
"""

from collections.abc import Mapping

from starlette.responses import Response

from core.settings import Settings

SESSION = "muster_session"
ATTEMPT = "muster_sign_in"
"""Ties the way to an identity provider and back to one browser."""


def cookie_name(settings: Settings, name: str) -> str:
    """What a cookie of ours is called here."""
    return f"__Host-{name}" if secure(settings) else name


def secure(settings: Settings) -> bool:
    """Whether browsers reach us with TLS."""
    return settings.base_url.startswith("https://")


def read_cookie(settings: Settings, cookies: Mapping[str, str], name: str) -> str | None:
    """The content of a cookie of ours."""
    return cookies.get(cookie_name(settings, name))


def set_cookie(settings: Settings, response: Response, name: str, content: str, *, seconds: int) -> None:
    """Have the browser keep a cookie of ours. Lax: a link from a mail or a provider's redirect brings it along."""
    response.set_cookie(
        cookie_name(settings, name),
        content,
        max_age=seconds,
        path="/",
        secure=secure(settings),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(settings: Settings, response: Response, name: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        cookie_name(settings, name), path="/", secure=secure(settings), httponly=True, samesite="lax"
    )
