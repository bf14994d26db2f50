"""A page as PDF, by WeasyPrint. It is loaded when the first PDF is wanted: it needs Pango, a library in C."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.errors import DomainError, ErrorCode, RateLimitedError

DEBIAN = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
MAC = "brew install pango"

MOST_WAITING = 8
WAIT = 10.0
"""Seconds after which whoever came when too many waited may come again."""


class _Press:
    """Sets one document at a time, in a thread of its own: it takes CPU, and must not take the threads of others."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pdf")
        self._waiting = 0

    async def set(self, page: str) -> bytes:
        """The page as PDF. RATE_LIMITED while too many are waiting."""
        if self._waiting >= MOST_WAITING:
            raise RateLimitedError("Too many PDFs are being made just now.", wait=WAIT)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _set, page)
        finally:
            self._waiting -= 1


_press = _Press()


async def pdf_of(page: str) -> bytes:
    """A page as PDF, with its outline.

    UNAVAILABLE says what to install where Pango is missing. RATE_LIMITED while eight others wait.
    """
    return await _press.set(page)


def _set(page: str) -> bytes:
    content: bytes = _weasyprint().HTML(string=page, url_fetcher=_fetch_nothing).write_pdf()
    return content


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 (it takes a second, and may not be there)
    except (ImportError, OSError) as error:  # OSError: cffi does not find the library
        raise DomainError(
            ErrorCode.UNAVAILABLE,
            "PDFs can't be made on this server: WeasyPrint or the library Pango is missing.",
            hint=f"Whoever runs this Muster installs it: Debian and Ubuntu `{DEBIAN}`, macOS `{MAC}`."
            " The other forms need nothing.",
        ) from error
    return weasyprint


def _fetch_nothing(url: str, *_: Any, **__: Any) -> Any:
    """Nothing is loaded from anywhere, whatever a text asks for."""
    raise ValueError(f"a document loads nothing, not {url[:80]}")
