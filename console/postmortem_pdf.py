"""A postmortem as PDF."""

import asyncio

from actions.postmortems.exported import Exported
from console.pdf import pdf_of
from console.postmortem_forms import as_html


async def as_pdf(found: Exported) -> bytes:
    """The page as PDF, with its outline. UNAVAILABLE and RATE_LIMITED as `pdf_of`."""
    return await pdf_of(await asyncio.to_thread(lambda: as_html(found).decode()))
