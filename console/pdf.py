"""A page as PDF, by WeasyPrint. It is loaded when the first PDF is wanted: it needs Pango, a library in C."""

import threading
from typing import Any

from core.errors import DomainError, ErrorCode

DEBIAN = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
MAC = "brew install pango"

_one_at_a_time = threading.Lock()
"""Setting pages takes CPU: one document at a time leaves the rest to others."""


def pdf_of(page: str) -> bytes:
    """A page as PDF, with its outline. UNAVAILABLE says what to install where Pango is missing."""
    weasyprint = _weasyprint()
    with _one_at_a_time:
        content: bytes = weasyprint.HTML(string=page, url_fetcher=_fetch_nothing).write_pdf()
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
