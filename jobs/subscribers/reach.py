"""On which status pages something would stand, and how many subscribers of each would be told: for previews."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import PageScope, standing_scopes
from actions.subscribers.recipients import NOT_ONE, count_recipients
from core import ids
from core.db import Within
from core.errors import conflict
from core.runtime import Runtime
from models.organisation import Organisation
from models.words import Channel, NewsKind, PageAccess
from statuspage.frame import read_for


@dataclass(frozen=True, slots=True)
class Recipients:
    """How many subscribers of a channel would be told."""

    channel: Channel
    count: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A page on which it would stand. `id` and `slug` None: the organisation's own."""

    id: str | None
    slug: str | None
    name: str
    url: str
    access: PageAccess
    recipients: list[Recipients]


@dataclass(frozen=True, slots=True)
class Reach:
    """The pages on which it would stand, and what the one shows that is looked at. Not `asked`: all are counted."""

    scope: PageScope
    reached: Sequence[PageScope]
    counts: dict[int | None, dict[Channel, int]]
    organisation: str
    asked: bool

    @property
    def mailed(self) -> bool:
        """Whether subscribers of that page are told: it has none where not everybody may read."""
        return self.scope.page_id in self.counts

    def recipients(self) -> list[Recipients]:
        """Of the page that was asked for, or of all pages together."""
        mine = [self.counts.get(self.scope.page_id, NOT_ONE)] if self.asked else list(self.counts.values())
        return [Recipients(channel, sum(each[channel] for each in mine)) for channel in Channel]

    def base_url(self, runtime: Runtime) -> str:
        """Where links to the page that is looked at begin."""
        return _url(runtime, self.scope)

    def pages(self, runtime: Runtime) -> list[Reached]:
        """All pages on which it would stand, the organisation's own first."""
        return [self._reached(runtime, scope) for scope in self.reached]

    def _reached(self, runtime: Runtime, scope: PageScope) -> Reached:
        page, counts = scope.page, self.counts.get(scope.page_id, NOT_ONE)
        return Reached(
            id=ids.encode("StatusPage", page.id) if page else None,
            slug=page.slug if page else None,
            name=page.name if page else self.organisation,
            url=_url(runtime, scope),
            access=page.access if page else PageAccess.PUBLIC,
            recipients=[Recipients(channel, counts[channel]) for channel in Channel],
        )


NOWHERE: list[Recipients] = [Recipients(channel, 0) for channel in Channel]
"""Of what no page shows."""


async def reach(
    session: AsyncSession, scope: PageScope, components: Collection[int], kind: NewsKind, *, told: bool
) -> Reach:
    """Where something that touches these components would stand. Not `told`: subscribers hear nothing of it.

    Looked at is the page of `scope`; where that is the organisation's own, which does not show what is exclusive to
    others, the first that does. CONFLICT on `page` if a further page was asked for, and would not show it.
    """
    reached = [each for each in await standing_scopes(session) if each.concerns(components)]
    if scope.page is not None and scope not in reached:
        others = ", ".join(each.page.name if each.page else "the organisation's own" for each in reached)
        raise conflict(
            f"The status page {scope.page.name!r} would not show this: it touches none of its components.",
            field="page",
            hint=f"It would be shown on: {others or 'no page'}. Leave `page` out to see all that show it.",
        )
    counts = await count_recipients(session, components=components, kind=kind) if told else {}
    name = await session.scalar(select(Organisation.name)) or "Muster"
    looked_at = scope if scope in reached or not reached else reached[0]
    return Reach(looked_at, reached, counts, name, asked=scope.page is not None)


def reading(session: AsyncSession, scope: PageScope) -> Within:
    """A reading for one page of what the transaction has written so far."""
    reader = Within(session)
    read_for(reader, scope.page_id)
    return reader


def _url(runtime: Runtime, scope: PageScope) -> str:
    page = scope.page
    return runtime.settings.page_url(page.hosts, page.slug) if page else runtime.settings.status_url
