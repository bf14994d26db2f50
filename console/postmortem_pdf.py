"""A postmortem as PDF."""

from actions.postmortems.exported import Exported
from console.pdf import pdf_of
from console.postmortem_forms import as_html


def as_pdf(found: Exported) -> bytes:
    """The page as PDF, with its outline. UNAVAILABLE says what to install where Pango is missing."""
    return pdf_of(as_html(found).decode())
