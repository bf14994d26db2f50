"""Who has been told of the incident, in numbers and by name; and what was said, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select

from auth.permission import Permission, may
from core.kept import KEY, with_key
from models.delivery import Delivery
from models.incident import Incident
from models.paging.policy import EscalationPolicy
from models.paging.run import ANSWERABLE, PagingRun
from models.paging.words import PagingState
from models.person import User
from models.update import Update
from models.words import DeliveryState
from resolvers import paging, people, work
from resolvers.context import Context
from resolvers.people import Who
from resolvers.rows import by_key

SHOWN = 5
STANDS = {
    PagingState.WAITING: "waits for business hours",
    PagingState.RUNNING: "is paging",
    PagingState.ACKNOWLEDGED: "was answered",
    PagingState.UNANSWERED: "reached nobody",
    PagingState.STOPPED: "ended with the incident",
}
OVER = "ended with its alerts"
SENT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.ACKNOWLEDGED)
TROUBLED = (DeliveryState.FAILED, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Told:
    """How many messages of a channel went to colleagues or others, and what became of them."""

    channel: str
    colleagues: bool
    sent: int
    waiting: int
    failed: int
    answered: int


@dataclass(frozen=True, slots=True)
class Said:
    """An update, who wrote it, and how many wordings it had."""

    update: Update
    author: str
    version: int


@dataclass(frozen=True, slots=True)
class Paged:
    """What pages, or paged, by a policy or by name: its state in words, and who was paged."""

    policy: str
    words: str
    live: bool
    people: list[tuple[str, str]]
    """Names, and how far the page to each is."""


async def paged(ctx: Context, incident: Incident) -> list[Paged]:
    """What Muster itself pages for the incident, in order."""
    [runs] = await paging.runs(ctx, [incident])
    return await of_runs(ctx, runs)


async def of_runs(ctx: Context, runs: Sequence[PagingRun]) -> list[Paged]:
    """What became of some runs, in their order."""
    if not runs:
        return []
    policies = await by_key(ctx, EscalationPolicy, [run.policy_id for run in runs])
    sent = await paging.pages(ctx, runs)
    named = await by_key(ctx, User, {page.user_id for pages in sent for page in pages})
    return [
        Paged(
            policies[run.policy_id].name if run.policy_id in policies else "By name",
            OVER if run.state is PagingState.STOPPED and run.incident_id is None else STANDS[run.state],
            run.state in ANSWERABLE,
            [(named[page.user_id].name, page.state.value.lower()) for page in pages],
        )
        for run, pages in zip(runs, sent, strict=True)
    ]


async def told(ctx: Context, incident: Incident) -> list[Told]:
    """The messages that the incident caused, by channel, as far as the viewer may know of them."""
    counted = _counted(may(ctx.actor, Permission.AUDIT))
    return [Told(*row) for row in await ctx.reader.execute(counted, with_key(incident.id))]


@cache
def _counted(audits: bool) -> Select[*tuple[Any, ...]]:
    colleagues = Delivery.user_id.is_not(None)
    return (
        select(
            Delivery.channel,
            colleagues.label("colleagues"),
            func.count().filter(Delivery.state.in_(SENT)).label("sent"),
            func.count().filter(Delivery.state == DeliveryState.PENDING).label("waiting"),
            func.count().filter(Delivery.state.in_(TROUBLED)).label("failed"),
            func.count().filter(Delivery.acknowledged_at.is_not(None)).label("answered"),
        )
        .where(Delivery.incident_id == KEY, work.seen_deliveries(audits=audits))
        .group_by(Delivery.channel, colleagues)
        .order_by(colleagues.desc(), Delivery.channel)
    )


async def said(ctx: Context, incident: Incident, *, most: int = SHOWN) -> list[Said]:
    """The newest updates to colleagues and customers, withdrawn ones included, the newest first."""
    [page] = await work.updates(ctx, [incident], last=most)
    names = await people.names(ctx, [Who(row.author_kind, row.author_id) for row in page.nodes])
    versions = await work.update_versions(ctx, page.nodes)
    return [Said(*each) for each in zip(page.nodes, names, versions, strict=True)][::-1]
