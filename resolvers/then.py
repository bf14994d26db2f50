"""What hangs on incidents as they once were (resolvers.past): the fields that need more than an incident's columns.

Their rows, roles, tasks and the like, are as they were then. What those lead to is as it is today: people, teams,
catalogues, and incidents, which are shown only to those who may see them now.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import func, select

import resolvers.roles
from auth.visibility import visible_alerts, visible_to
from core.errors import DomainError, ErrorCode
from models.alert import Alert
from models.event import Event
from models.incident import Incident, IncidentMember, IncidentService
from models.person import User
from models.postmortem import ActionItem
from models.role import COMMANDER, Role, RoleAssignment
from models.service import Service
from models.task import Task
from models.update import Update
from models.words import Audience, EntryKind
from resolvers import alerts as alerting
from resolvers import learning, work
from resolvers.context import Context
from resolvers.events import ORDERS, TimelineOrder, known_kinds
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.past import Past
from resolvers.rows import by_key, keys_table, page


def _past(row: Any) -> Past:
    past: Past = row.past
    return past


async def services(ctx: Context, incidents: Sequence[Incident]) -> list[list[Service]]:
    """The services that each touched, by name."""
    keys = [[row["service_id"] for row in _past(i).columns(IncidentService)] for i in incidents]
    order = await ctx.reader.execute(select(Service.id).order_by(func.lower(Service.name), Service.id))
    found = await by_key(ctx, Service, (key for own in keys for key in own))
    return [[found[row.id] for row in order if row.id in set(own)] for own in keys]


async def members(ctx: Context, incidents: Sequence[Incident]) -> list[list[User]]:
    """The people who could see each while it was private, in the order in which they came."""
    keys = [[row["user_id"] for row in _past(i).columns(IncidentMember)] for i in incidents]
    found = await by_key(ctx, User, (key for own in keys for key in own))
    return [[found[key] for key in own if key is not None] for own in keys]


async def merged_from(ctx: Context, incidents: Sequence[Incident]) -> list[list[Incident]]:
    """The incidents that had been merged into each and that the viewer may see today, by number."""
    keys = (key for incident in incidents for key in _past(incident).merged)
    found = await by_key(ctx, Incident, keys, visible_to(ctx.actor))
    return [[found[key] for key in sorted(_past(incident).merged) if key in found] for incident in incidents]


async def roles(ctx: Context, incidents: Sequence[Incident], *, current: bool = True) -> list[list[RoleAssignment]]:
    """The role assignments of each in the order in which they were made; all of them, or those that held."""
    del ctx
    made = [past.rows(RoleAssignment, past.keys(RoleAssignment)) for past in map(_past, incidents)]
    return [[row for row in own if not current or row.relinquished_at is None] for own in made]


async def commanders(ctx: Context, incidents: Sequence[Incident]) -> list[User | None]:
    """Who commanded each."""
    role = await ctx.reader.scalar(select(Role.id).where(Role.key == COMMANDER))
    held = [next((a.user_id for a in own if a.role_id == role), None) for own in await roles(ctx, incidents)]
    found = await by_key(ctx, User, held)
    return [found.get(key or 0) for key in held]


async def unfilled_roles(ctx: Context, incidents: Sequence[Incident]) -> list[list[Role]]:
    """The roles that the severity demanded and nobody held."""
    return await resolvers.roles.vacancies(ctx, incidents, await roles(ctx, incidents))


async def timelines(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
    order: TimelineOrder = TimelineOrder.RECORDED,
    kinds: list[str] | None = None,
    entry_kinds: list[EntryKind] | None = None,
    pinned: bool | None = None,
) -> list[Page[Event]]:
    """A page of each timeline as far as it was written, with those of the incidents that had been merged by then."""
    window = Window(ORDERS[order], paging(first, after, last, before))
    of_kinds = [] if kinds is None else [Event.kind.in_(known_kinds(kinds))]
    pages = []
    for past in map(_past, incidents):
        wanted = [Event.number.is_not(None), Event.id <= past.place, *of_kinds]
        if entry_kinds is not None:
            wanted.append(Event.entry_kind.in_(entry_kinds))
        if pinned is not None:
            wanted.append(Event.id.in_(past.pins) if pinned else Event.id.not_in(past.pins))
        written = select(Event).where(Event.incident_id.in_([past.key, *past.merged]), *wanted)
        found = await page(ctx, Event, written, window)
        pages.append(replace(found, nodes=[past.row(Event, event._asdict()) for event in found.nodes]))  # type: ignore[attr-defined]
    return pages


async def pinned(ctx: Context, events: Sequence[Event]) -> list[bool]:
    """Whether each was marked as important then."""
    del ctx
    return [event.id in _past(event).pins for event in events]


async def tasks(ctx: Context, incidents: Sequence[Incident], **paged: Any) -> list[Page[Task]]:
    """A page of the tasks that each had."""
    del ctx
    return [_page(past, Task, past.keys(Task), work.TASKS, paged) for past in map(_past, incidents)]


async def updates(
    ctx: Context, incidents: Sequence[Incident], *, audience: Audience | None = None, **paged: Any
) -> list[Page[Update]]:
    """A page of what had been said of each, withdrawn updates included."""
    del ctx
    wanted: dict[str, str] = {} if audience is None else {"audience": audience.value}
    return [_page(past, Update, past.keys(Update, **wanted), work.UPDATES, paged) for past in map(_past, incidents)]


async def action_items(ctx: Context, incidents: Sequence[Incident], **paged: Any) -> list[Page[ActionItem]]:
    """A page of the action items that each had."""
    del ctx
    order = learning.OF_INCIDENT
    return [_page(past, ActionItem, past.keys(ActionItem), order, paged) for past in map(_past, incidents)]


async def alerts(ctx: Context, incidents: Sequence[Incident], **paged: Any) -> list[Page[Alert]]:
    """A page of the alerts that were linked to each, in the state they were in; counters are today's.

    One that belongs to a private incident by now is shown to its members only.
    """
    pages = []
    for past in map(_past, incidents):
        table = keys_table(past.keys(Alert), "past")
        in_sight = select(Alert.id).join(table, table.c.id == Alert.id).where(visible_alerts(ctx.actor))
        keys = sorted(row.id for row in await ctx.reader.execute(in_sight))
        cut = _cut(keys, alerting.OF_INCIDENT, paged)
        today = await by_key(ctx, Alert, cut.nodes, visible_alerts(ctx.actor))
        pages.append(replace(cut, nodes=past.rows(Alert, cut.nodes, today)))
    return cast("list[Page[Alert]]", pages)


async def untold(ctx: Context, incidents: Sequence[Incident], **_: Any) -> list[Any]:
    """A refusal: of this nothing is kept but how it is today (INVALID_INPUT)."""
    del ctx
    refusal = DomainError(
        ErrorCode.INVALID_INPUT, "This is told only as it is today.", field="as_of", hint="Ask for it without asOf."
    )
    return [refusal] * len(incidents)


def _cut(keys: Sequence[int], order: Order, paged: dict[str, Any]) -> Page[Any]:
    """A page of keys, in an order by the key alone: rows are made of what is shown, however many there were."""
    return Window(order, paging(**paged)).over(keys, lambda key: (key,))


def _page(past: Past, model: type[Any], keys: Sequence[int], order: Order, paged: dict[str, Any]) -> Page[Any]:
    cut = _cut(keys, order, paged)
    return replace(cut, nodes=past.rows(model, cut.nodes))
