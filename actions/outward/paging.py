"""Paging who is on call for an incident, and telling the pager what became of it here.

A page stands from its order until it is resolved, here or there; whom it is for is asked once while it stands. Its
orders are keyed by its number on the incident: `INC-7/page/1`, `INC-7/page/1/acknowledge`, `INC-7/page/1/resolve`.
"""

import base64
import re
import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions import check
from actions.allowed import find_allowed
from actions.outward.order import order
from actions.outward.settings import find_integration
from actions.paging.answering import answer_runs, stop_runs
from actions.record import record
from actions.transitions import refuse_ended
from actions.workflows.outcomes import settled
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.outward import PageAcknowledged, PageRepeated
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.paging.words import TakenBy
from models.words import IncidentKind, OutwardState, OutwardVerb, Stage

TARGET = 200
"""Characters of whom to page."""
MARK_BYTES = 10
"""Random bytes in what a vendor knows a page by: two Musters can both have an INC-7, and addresses change."""
MARK = re.compile(r"muster-([A-Z]+-[0-9]{1,19})-([0-9]{1,9})-[a-z2-7]{16}")
ACKNOWLEDGE = OutwardVerb.ACKNOWLEDGE_PAGE
OFF = (OutwardState.FAILED, OutwardState.CALLED_OFF)
ENDED_FIRST = "The incident ended before anybody was paged."


async def page_on_call(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    integration: str,
    target: str | None = None,
    again: str | None = None,
) -> OutwardAction:
    """Have whoever is on call paged. While a page stands it stays the same, unless `again` says why once more.

    `target`: whom, as the vendor's guide has it; by default the integration's own. CONFLICT once nobody works on the
    incident any more, for one that was written down after the fact, or if the integration is no pager. A job pages.
    """
    require(actor, Permission.READ)
    whom = check.optional_text(target, "target", limit=TARGET)
    why = check.optional_text(again, "again", limit=check.LINE)
    paged = await find_allowed(session, actor, Act.PAGE_ON_CALL, incident)
    refuse_paging(paged)
    chosen = await find_integration(session, integration)
    pages = await _pages(session, paged)
    last = next((page for page in pages if (page.integration_id, page.arguments["target"]) == (chosen.id, whom)), None)
    number = max((number_of(page) for page in pages), default=0) + 1
    if last is not None and (last.state in OFF or (why is None and not await _resolved(session, last))):
        number, why = number_of(last), None
    mark = f"muster-{paged.reference}-{number}-{_random()}"
    arguments = {"mark": mark, "target": whom, "beside": await _beside(session, pages, chosen)}
    row = await order(session, paged, OutwardVerb.PAGE, chosen, name=f"page/{number}", arguments=arguments)
    if last is not None and why is not None and row.id != last.id:
        record(session, actor, PageRepeated(action_id=row.id, integration_id=chosen.id, reason=why), incident=paged)
    return row


async def acknowledge_page(session: AsyncSession, actor: Actor, *, incident: str) -> Incident:
    """Take what stands at pagers for an incident that somebody works on already: nobody else needs to be woken up.

    CONFLICT while the incident itself still waits for somebody (acknowledgeIncident takes both), and if no page stands.
    What is taken stays so; taken again, nothing is told.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ACKNOWLEDGE_PAGE, incident)
    refuse_paging(target)
    if target.stage is Stage.DETECTION:
        raise conflict(
            f"{target.reference} itself waits for somebody.", field="incident", hint="acknowledgeIncident takes both."
        )
    answered = await answer_runs(session, actor, target, TakenBy.HERE)
    standing = await _standing(session, target)
    if not standing and not answered:
        raise conflict(f"No page stands for {target.reference}.", field="incident", hint="pageOnCall pages.")
    taken = await _taken(session, target)
    new = [(integration, page) for integration, page in standing if key_about(page, ACKNOWLEDGE) not in taken]
    for integration, page in new:
        await _follow(session, target, integration, page, ACKNOWLEDGE)
    if new:
        record(session, actor, PageAcknowledged(action_ids=[page.id for _, page in new]), incident=target)
    return target


async def acknowledge_pages(session: AsyncSession, incident: Incident) -> None:
    """Somebody took the incident: have the pagers stop asking for others."""
    for integration, page in await _standing(session, incident):
        await _follow(session, incident, integration, page, ACKNOWLEDGE)


async def resolve_pages(session: AsyncSession, incident: Incident) -> None:
    """The incident is over: nobody is paged any more, what stands at pagers is resolved, what waits called off."""
    await stop_runs(session, incident)
    for integration, page in await _standing(session, incident):
        if page.state is OutwardState.PENDING:
            page.state, page.error = OutwardState.CALLED_OFF, ENDED_FIRST
            await settled(session, page)
        else:
            await _follow(session, incident, integration, page, OutwardVerb.RESOLVE_PAGE)


def number_of(page: OutwardAction) -> int:
    """Which page of its incident it is."""
    return int(page.key.rpartition("/")[2])


def name_of(page: OutwardAction, verb: OutwardVerb) -> str:
    """How the order is called that tells the pager what became of a page."""
    last = {OutwardVerb.ACKNOWLEDGE_PAGE: "acknowledge", OutwardVerb.RESOLVE_PAGE: "resolve"}[verb]
    return f"page/{number_of(page)}/{last}"


def key_about(page: OutwardAction, verb: OutwardVerb) -> str:
    """The key of that order."""
    return f"{page.key.partition('/')[0]}/{name_of(page, verb)}"


def key_of(mark: str) -> str | None:
    """The key of the page that a vendor knows by a mark; None if it is none of ours."""
    found = MARK.fullmatch(mark)
    return f"{found[1]}/page/{found[2]}" if found else None


def about(page: OutwardAction) -> dict[str, object]:
    """The arguments of an order that is about a page."""
    return {"mark": page.arguments["mark"], "target": page.arguments["target"], "page_id": page.id}


def refuse_paging(incident: Incident) -> None:
    """CONFLICT for an incident that nobody is paged for: it is over, or was written down after the fact."""
    refuse_ended(incident)
    if incident.kind is IncidentKind.BACKFILLED:
        raise conflict(
            f"{incident.reference} was written down after the fact: it pages nobody.",
            field="incident",
            hint="Declare what happens now as an incident of its own.",
        )
    if not incident.is_open:
        raise conflict(
            f"{incident.reference} is in {incident.stage}: nobody is paged for it any more.",
            field="incident",
            hint="Reopen the incident first.",
        )


async def _pages(session: AsyncSession, incident: Incident) -> Sequence[OutwardAction]:
    """All pages of an incident, the newest first."""
    query = select(OutwardAction).where(
        OutwardAction.incident_id == incident.id, OutwardAction.verb == OutwardVerb.PAGE
    )
    return (await session.scalars(query.order_by(OutwardAction.id.desc()))).all()


async def _taken(session: AsyncSession, incident: Incident) -> set[str]:
    """The keys of the orders that tell pagers of an incident that somebody has it."""
    query = select(OutwardAction.key).where(
        OutwardAction.incident_id == incident.id, OutwardAction.verb == ACKNOWLEDGE, OutwardAction.state.not_in(OFF)
    )
    return set(await session.scalars(query))


async def _beside(session: AsyncSession, pages: Sequence[OutwardAction], integration: Integration) -> str | None:
    """The mark of the first page that stands there: others may be asked to join it."""
    for page in reversed(pages):
        alone = page.integration_id == integration.id and page.arguments["beside"] is None
        if alone and page.state not in OFF and not await _resolved(session, page):
            return str(page.arguments["mark"])
    return None


async def _resolved(session: AsyncSession, page: OutwardAction) -> bool:
    """Whether a page was resolved, or is to be."""
    key = f"{page.key}/resolve"
    known = select(OutwardAction.id).where(OutwardAction.key == key, OutwardAction.state.not_in(OFF))
    return await session.scalar(known) is not None


async def _standing(session: AsyncSession, incident: Incident) -> list[tuple[Integration, OutwardAction]]:
    """The pages of an incident that stand at vendors, or soon will. Locked, integrations first (docs/locks.md)."""
    end = aliased(OutwardAction)
    resolved = select(end.id).where(end.key == OutwardAction.key + "/resolve", end.state.not_in(OFF))
    query = select(OutwardAction.id, OutwardAction.integration_id).where(
        OutwardAction.incident_id == incident.id,
        OutwardAction.verb == OutwardVerb.PAGE,
        OutwardAction.state.not_in(OFF),
        ~resolved.exists(),
    )
    found = (await session.execute(query.order_by(OutwardAction.id))).all()
    if not found:
        return []
    places = select(Integration).where(Integration.id.in_({row.integration_id for row in found}))
    integrations = {each.id: each for each in await session.scalars(places.order_by(Integration.id).with_for_update())}
    pages = select(OutwardAction).where(OutwardAction.id.in_([row.id for row in found]))
    locked = await session.scalars(
        pages.order_by(OutwardAction.id).with_for_update().execution_options(populate_existing=True)
    )
    return [
        (integrations[page.integration_id], page)
        for page in locked
        if page.state not in OFF and not integrations[page.integration_id].archived
    ]


async def _follow(
    session: AsyncSession, incident: Incident, integration: Integration, page: OutwardAction, verb: OutwardVerb
) -> None:
    await order(session, incident, verb, integration, name=name_of(page, verb), arguments=about(page))


def _random() -> str:
    return base64.b32encode(secrets.token_bytes(MARK_BYTES)).decode().lower()
