"""What frames every page: the organisation and the page's components, read once in a snapshot however many views are.

A snapshot is read for one page: our own, unless `read_for` says before anything is read that it is for another. What
that page may not show is left out of every reading, here and by `on_page` and `work_on_page`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, select

from actions.pages.known import PageScope, scope_by_key
from core.db import Reader
from models.facts.base import ERASED
from models.logo import PageLogo, StatusPageLogo
from models.organisation import Organisation
from models.service import Component
from statuspage.language import N_, language_of

GONE = N_("[erased]")
"""As the page says models.facts.base.ERASED."""

WITHOUT_BYTES = ("theme", "digest", "media_type", "width", "height")
"""What frames need of a logo."""


class Frame(NamedTuple):
    """What a snapshot holds for its page. `scope` says what that may show."""

    organisation: Organisation | None
    components: list[Component]
    logos: list[Any]
    scope: PageScope


_wanted: WeakKeyDictionary[Reader, int] = WeakKeyDictionary()
_frames: WeakKeyDictionary[Reader, Frame] = WeakKeyDictionary()


def read_for(reader: Reader, page_id: int | None) -> None:
    """Have a snapshot read for one page, before anything is read from it."""
    if reader in _frames:
        raise RuntimeError("this snapshot is being read for a page already")
    if page_id is not None:
        _wanted[reader] = page_id


async def frame_of(reader: Reader) -> Frame:
    """The organisation, if there is one yet; the page's components in order, archived ones too; the logos."""
    found = _frames.get(reader)
    if found is None:
        scope = await scope_by_key(reader, _wanted.get(reader))
        organisation = await reader.row(Organisation, select(Organisation))
        ordered = select(Component).order_by(Component.position, Component.name, Component.id)
        components = [row for row in await reader.rows(Component, ordered) if scope.shows(row.id)]
        logos = await read_logos(reader, *WITHOUT_BYTES)
        found = _frames[reader] = Frame(organisation, components, logos, scope)
    return found


async def wording(reader: Reader) -> Callable[[str], str]:
    """How the page says what people wrote: as they wrote it, and of what was erased so much in its own language."""
    organisation, _, _, scope = await frame_of(reader)
    own = scope.page.language if scope.page else None
    gone = language_of(own or (organisation.language if organisation else "en")).say(GONE)
    return lambda body: gone if body == ERASED else body


async def read_logos(reader: Reader, *columns: str) -> list[Any]:
    """Columns of the page's logos, two at most: its own or, of a further page that has none, the organisation's."""
    page_id = _wanted.get(reader)
    if page_id is not None:
        own = select(*(getattr(StatusPageLogo, name) for name in columns)).where(StatusPageLogo.page_id == page_id)
        found = list(await reader.execute(own))
        if found:
            return found
    return list(await reader.execute(select(*(getattr(PageLogo, name) for name in columns))))


async def on_page(reader: Reader) -> ColumnElement[bool]:
    """The condition that an incident is told on the page that a snapshot is read for."""
    return (await frame_of(reader)).scope.incidents()


async def work_on_page(reader: Reader) -> ColumnElement[bool]:
    """The same of planned work."""
    return (await frame_of(reader)).scope.works()


async def time_zone_of(reader: Reader) -> str:
    """The name of the page's time zone."""
    organisation, _, _, scope = await frame_of(reader)
    own = scope.page.time_zone if scope.page else None
    return own or (organisation.time_zone if organisation else "UTC")
