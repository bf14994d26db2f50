"""What pagers tell of our pages: who took one, and what became of it. What we caused there ourselves is no news."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.find import find_incident
from actions.outward.paging import OFF, about, key_about, key_of
from actions.paging.answering import answer_runs
from actions.record import now, record
from actions.reports import acknowledge_incident
from auth.actor import SYSTEM, Actor, of_person
from core.errors import DomainError
from models.event import Event
from models.facts.outward import PageHeard
from models.incident import Incident
from models.integration import PAGE_SQL, Integration, OutwardAction
from models.paging.words import TakenBy
from models.person import User
from models.words import OutwardState, OutwardVerb, PageChange, Stage

FOLLOWED = {
    PageChange.ACKNOWLEDGED: OutwardVerb.ACKNOWLEDGE_PAGE,
    PageChange.UNACKNOWLEDGED: OutwardVerb.ACKNOWLEDGE_PAGE,
    PageChange.RESOLVED: OutwardVerb.RESOLVE_PAGE,
    PageChange.REOPENED: OutwardVerb.RESOLVE_PAGE,
}
"""The order by which we would tell the vendor what it tells us, or what it takes back."""
TAKEN_BACK = frozenset({PageChange.UNACKNOWLEDGED, PageChange.REOPENED})
TAKEN_BACK_THERE = "It was taken back there."


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of news of a page."""

    delivery: str
    """What the vendor calls it: told again, it is the same."""
    change: PageChange | None
    """None: only where the page is to be found."""
    occurred_at: datetime
    mark: str | None
    """What we called the page when it was ordered, if the vendor says that."""
    external_id: str
    """What the vendor calls the page."""
    url: str | None
    by_person: bool
    """Whether a person did it there; else software did, perhaps ours."""
    agent_id: str | None
    """What the vendor calls whoever did it."""
    agent: str | None
    """What people call them."""
    email: str | None
    """Their address, which the vendor has verified."""
    note: str | None
    """What they wrote."""


async def page_heard_of(session: AsyncSession, integration_id: int, heard: Heard) -> int | None:
    """The key of the order by which the page was sent; None if it is none of ours, as far as this tells."""
    ours = (OutwardAction.integration_id == integration_id, text(PAGE_SQL))
    if heard.mark is not None and (key := key_of(heard.mark)) is not None:
        known = select(OutwardAction.id).where(
            OutwardAction.key == key, *ours, OutwardAction.arguments["mark"].astext == heard.mark
        )
        return (await session.scalars(known)).one_or_none()
    by_id = select(OutwardAction.id).where(*ours, OutwardAction.external_id == heard.external_id)
    return (await session.scalars(by_id.order_by(OutwardAction.id.desc()))).first()


async def hear(session: AsyncSession, page_id: int, heard: Heard) -> bool:
    """Take note of a piece of news of a page; whether it was any. Told again, it is none.

    Somebody who takes a page takes the incident, if it still waits for that: DETECTION → TRIAGE, in the name of the
    person with that address, else of Muster. Nothing else advances by itself (DESIGN §3); the timeline has it all.
    """
    known = select(OutwardAction.incident_id).where(OutwardAction.id == page_id)
    incident = await find_incident(session, SYSTEM, str(await session.scalar(known)))
    integration, page = await _locked(session, page_id)
    page.external_id, page.url = heard.external_id, heard.url or page.url
    if heard.change is None or incident.stage is Stage.MERGED or integration.archived:
        return False
    if await _known(session, incident, heard.delivery) or await _ours(session, page, heard):
        return False
    await _settle(session, incident, page, heard.change)
    person = await _person(session, heard.email)
    fact = PageHeard(
        action_id=page.id,
        integration_id=integration.id,
        change=heard.change,
        delivery=heard.delivery,
        user_id=person.id if person else None,
        note=_note(heard, named=person is None),
    )
    moment = min(heard.occurred_at, now(session))
    record(session, _actor(person), fact, incident=incident, occurred_at=max(moment, incident.created_at))
    if heard.change is PageChange.ACKNOWLEDGED:
        key = person.id if person else None
        await answer_runs(session, _actor(person), incident, TakenBy.PAGER, user_id=key)
    if heard.change is PageChange.ACKNOWLEDGED and incident.stage is Stage.DETECTION:
        await _acknowledge(session, incident, person)
    return True


async def _locked(session: AsyncSession, page_id: int) -> tuple[Integration, OutwardAction]:
    key = select(OutwardAction.integration_id).where(OutwardAction.id == page_id).scalar_subquery()
    integration = (await session.scalars(select(Integration).where(Integration.id == key).with_for_update())).one()
    page = await session.get_one(OutwardAction, page_id, with_for_update=True, populate_existing=True)
    return integration, page


async def _known(session: AsyncSession, incident: Incident, delivery: str) -> bool:
    """Whether it was told before. The incident's lock keeps two deliveries of the same apart."""
    told = select(Event.id).where(
        Event.incident_id == incident.id, Event.kind == PageHeard.kind, Event.data["delivery"].astext == delivery
    )
    return (await session.scalars(told.limit(1))).first() is not None


async def _ours(session: AsyncSession, page: OutwardAction, heard: Heard) -> bool:
    """Whether it is the echo of what we told the vendor, or are about to."""
    verb = FOLLOWED.get(heard.change) if heard.change and heard.change not in TAKEN_BACK else None
    if verb is None or heard.by_person:
        return False
    caused = select(OutwardAction.id).where(
        OutwardAction.key == key_about(page, verb), OutwardAction.state.not_in(OFF), OutwardAction.attempts > 0
    )
    return await session.scalar(caused) is not None


async def _settle(session: AsyncSession, incident: Incident, page: OutwardAction, change: PageChange) -> None:
    """What the vendor knows already is not told to it; what was taken back there can be told again."""
    verb = FOLLOWED.get(change)
    if verb is None:
        return
    key = key_about(page, verb)
    moment = now(session)
    if change in TAKEN_BACK:
        query = select(OutwardAction).where(OutwardAction.key == key, OutwardAction.state == OutwardState.DONE)
        row = (await session.scalars(query.with_for_update())).one_or_none()
        if row is not None:
            row.state, row.error = OutwardState.CALLED_OFF, TAKEN_BACK_THERE
        return
    done = {"state": OutwardState.DONE, "done_at": moment, "error": None}
    values = {
        "key": key,
        "integration_id": page.integration_id,
        "incident_id": incident.id,
        "verb": verb,
        "arguments": about(page),
        "attempts": 0,
        "created_at": moment,
        "external_id": page.external_id,
        **done,
    }
    await session.execute(
        insert(OutwardAction).values(values).on_conflict_do_update(index_elements=[OutwardAction.key], set_=done)
    )


async def _person(session: AsyncSession, email: str | None) -> User | None:
    """Whoever of us has this address."""
    if not email:
        return None
    ours = select(User).where(func.lower(User.email) == email.lower(), User.archived_at.is_(None))
    return (await session.scalars(ours)).one_or_none()


def _actor(user: User | None) -> Actor:
    return SYSTEM if user is None else of_person(user)


def _note(heard: Heard, *, named: bool) -> str | None:
    """What they wrote, after who they are if that is not known otherwise. Never longer than a line, and no NUL."""
    parts = [heard.agent if named else None, heard.note]
    said = ": ".join(" ".join(part.replace("\x00", "").split()) for part in parts if part)
    return (said if len(said) <= check.LINE else f"{said[: check.LINE - 1]}…") or None


async def _acknowledge(session: AsyncSession, incident: Incident, person: User | None) -> None:
    """Somebody has the incident. Who was paged need not be allowed to work here: then Muster takes note of it."""
    try:
        await acknowledge_incident(session, _actor(person), incident=incident.reference)
    except DomainError:
        await acknowledge_incident(session, SYSTEM, incident=incident.reference)
