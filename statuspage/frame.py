"""What frames every page: the organisation and its components, read once in a snapshot however many views are."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from core.db import Reader
from models.logo import PageLogo
from models.organisation import Organisation
from models.service import Component

Frame = tuple[Organisation | None, list[Component], list[Any]]

LOGOS = select(PageLogo.theme, PageLogo.digest, PageLogo.media_type, PageLogo.width, PageLogo.height)
"""Without their bytes."""

_frames: WeakKeyDictionary[Reader, Frame] = WeakKeyDictionary()


async def frame_of(reader: Reader) -> Frame:
    """The organisation, if there is one yet; all components in the order of the page, archived ones too; its logos."""
    found = _frames.get(reader)
    if found is None:
        organisation = await reader.row(Organisation, select(Organisation))
        ordered = select(Component).order_by(Component.position, Component.name, Component.id)
        components = await reader.rows(Component, ordered)
        found = _frames[reader] = (organisation, components, list(await reader.execute(LOGOS)))
    return found
