"""What is done and said during an incident: tasks, updates, and the messages that went out."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, true

from auth.permission import Permission, may
from models.delivery import Delivery, Webhook
from models.event import Event
from models.incident import Incident
from models.task import Task
from models.update import Update, UpdateComponent, UpdateRevision
from models.words import Audience
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, children, pages

TASKS = Order("tasks", (Task.id,))
UPDATES = Order("updates", (Update.id,))
DELIVERIES = Order("deliveries", (Delivery.id,))
MOST_REVISIONS = 100


async def tasks(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Task]]:
    """A page of each incident's tasks, in the order in which they were added."""
    window = Window(TASKS, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(ctx, Task, keys, window, lambda key: select(Task).where(Task.incident_id == key), kept=())


async def updates(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
    audience: Audience | None = None,
) -> list[Page[Update]]:
    """A page of each incident's updates, in the order in which they were written, withdrawn ones included."""
    window = Window(UPDATES, paging(first, after, last, before))
    wanted = [] if audience is None else [Update.audience == audience]
    keys = [incident.id for incident in incidents]
    return await pages(
        ctx,
        Update,
        keys,
        window,
        lambda key: select(Update).where(Update.incident_id == key, *wanted),
        kept=(audience,),
    )


async def component_changes(ctx: Context, updates: Sequence[Update]) -> list[list[UpdateComponent]]:
    """What each update said of components."""
    keys = {update.id for update in updates}
    statement = (
        select(UpdateComponent).where(UpdateComponent.update_id.in_(keys)).order_by(UpdateComponent.component_id)
    )
    found: dict[int, list[UpdateComponent]] = {}
    for row in await ctx.reader.rows(UpdateComponent, statement):
        found.setdefault(row.update_id, []).append(row)
    return [found.get(update.id, []) for update in updates]


async def revisions(ctx: Context, updates: Sequence[Update]) -> list[list[UpdateRevision]]:
    """What each said before it was reworded, the newest 100, from the oldest to the newest."""
    age = func.row_number().over(partition_by=UpdateRevision.update_id, order_by=UpdateRevision.id.desc())
    theirs = UpdateRevision.update_id.in_({update.id for update in updates})
    newest = select(UpdateRevision.id, age.label("age")).where(theirs).subquery()
    statement = (
        select(UpdateRevision, UpdateRevision.update_id)
        .join(newest, newest.c.id == UpdateRevision.id)
        .where(newest.c.age <= MOST_REVISIONS)
        .order_by(UpdateRevision.id)
    )
    found = await children(ctx, UpdateRevision, statement)
    return [found.get(update.id, []) for update in updates]


async def update_versions(ctx: Context, updates: Sequence[Update]) -> list[int]:
    """How many wordings each had so far, with the present one."""
    reworded = {update.id for update in updates if update.edited_at is not None}
    earlier: dict[int, int] = {}
    if reworded:
        counted = select(UpdateRevision.update_id, func.count().label("wordings"))
        theirs = counted.where(UpdateRevision.update_id.in_(reworded)).group_by(UpdateRevision.update_id)
        earlier = {row.update_id: row.wordings for row in await ctx.reader.execute(theirs)}
    return [1 + earlier.get(update.id, 0) for update in updates]


async def deliveries(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Delivery]]:
    """A page of the messages that each incident caused, in the order in which they were queued.

    Who may audit sees all of them, anybody else those to colleagues: whether they have been told.
    """
    window = Window(DELIVERIES, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    seen = seen_deliveries(audits=may(ctx.actor, Permission.AUDIT))
    return await pages(
        ctx, Delivery, keys, window, lambda key: select(Delivery).where(Delivery.incident_id == key, seen)
    )


def seen_deliveries(*, audits: bool) -> ColumnElement[bool]:
    """The messages of an incident that whoever sees it may know of: all with the right to audit, else to colleagues."""
    return true() if audits else Delivery.user_id.is_not(None)


async def event_of(ctx: Context, deliveries: Sequence[Delivery]) -> list[Event | None]:
    """The event that each message tells of."""
    found = await by_key(ctx, Event, (delivery.event_id for delivery in deliveries))
    return [found.get(delivery.event_id) for delivery in deliveries]


async def webhooks(ctx: Context) -> list[Webhook]:
    """The webhooks in use, in the order in which they were made."""
    return await ctx.reader.rows(Webhook, select(Webhook).where(Webhook.archived_at.is_(None)).order_by(Webhook.id))
