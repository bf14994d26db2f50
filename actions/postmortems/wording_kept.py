"""What comes of asking a language model: suggestions with their sources, or a note that says why there are none."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.outward.health import answered, failing, signed_out
from actions.outward.ledger import Failure
from actions.outward.settings import opened
from actions.postmortems.assembly import locked, sections_of
from actions.postmortems.blaming import blame_of
from actions.postmortems.wording import refuse_private
from actions.postmortems.wording_answer import Reading, UnreadableError, read_answer
from actions.postmortems.wording_facts import Question
from actions.postmortems.wording_text import Reworded, reword, standing_of
from actions.record import now, record
from auth.actor import SYSTEM, vendor
from core.errors import DomainError
from models.event import Event
from models.facts.erasing import TextErased
from models.facts.learning import WordingFailed, WordingProposed
from models.incident import Incident
from models.integration import Integration
from models.postmortem import Postmortem
from models.words import PostmortemStatus, SuggestionState, WordingState
from models.writing import SectionSuggestion, WordingRequest

TRIES = 3
"""How often an endpoint is asked that is away or asks to slow down."""
LONGEST_WAIT = 120.0
"""Seconds: whoever waits for an answer waits no longer for the next try."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that is to be made now."""

    incident_id: int
    sections: tuple[tuple[str, str], ...]
    """Keys and titles."""
    vendor: str
    configuration: dict[str, Any] = field(repr=False)
    name: str


async def to_word(session: AsyncSession, wording_id: int) -> Wanted | None:
    """Begin an attempt; None if it is settled, or nothing can come of it, of which a note is left."""
    found = await _locked(session, wording_id)
    row, incident, postmortem, account = found
    if row.state is not WordingState.ASKED:
        return None
    row.attempts += 1
    words = _hindered(incident, postmortem, account)
    if words is not None:
        _fail(session, found, words)
        return None
    present = await sections_of(session, postmortem)
    titles = tuple((key, present[key].title) for key in row.sections if key in present)
    configuration = {**account.configuration, **opened(session.info["secrets"], account)}
    return Wanted(incident.id, titles, account.vendor, configuration, account.name)


async def keep_worded(session: AsyncSession, wording_id: int, asked: Question, content: str, model: str) -> None:
    """Make suggestions of what holds of an answer. What was kept meanwhile, or settled, is left as it is."""
    found = await _locked(session, wording_id)
    row, incident, postmortem, account = found
    await answered(session, account)
    if row.state is not WordingState.ASKED:
        return
    words = _hindered(incident, postmortem, account)
    if words is None and await _erased_since(session, row, incident):
        words = "Words of the incident were erased meanwhile: ask again."
    if words is not None:
        _fail(session, found, words)
        return
    blames = await blame_of(session)
    keys = [each.key for each in asked.sections]
    try:
        read = await asyncio.to_thread(read_answer, content, keys, asked.facts, blames)
    except UnreadableError as error:
        _fail(session, found, f"{account.name} was not understood: {error}")
        return
    row.uncited, row.blaming, row.kept, row.model_name = read.uncited, read.blaming, read.count, model
    if not read.kept:
        _fail(session, found, _nothing(read))
        return
    await _suggest(session, found, asked, read, model)


async def fail_wording(
    session: AsyncSession, wording_id: int, failure: Failure | None, words: str, *, after: float | None = None
) -> float | None:
    """An attempt failed. Seconds until the next; None if it was the last, of which a note is left.

    `failure`: what it means for the integration; None: it answered, and nobody understood it.
    """
    found = await _locked(session, wording_id)
    row, _, _, account = found
    wait = None
    if failure is Failure.SIGNED_OUT:
        signed_out(session, account, words)
    elif failure is None or failure is Failure.PERMANENT:
        await answered(session, account)
    else:
        wait = after if after is not None else failing(session, account, words)
    if row.state is not WordingState.ASKED:
        return None
    if wait is None or wait > LONGEST_WAIT or row.attempts >= TRIES:
        _fail(session, found, words)
        return None
    return wait


Found = tuple[WordingRequest, Incident, Postmortem, Integration]


async def _locked(session: AsyncSession, wording_id: int) -> Found:
    """A request with all that it is about, locked in the order of locks: the incident, the postmortem, the rest."""
    row = await session.get_one(WordingRequest, wording_id)
    written = await session.get_one(Postmortem, row.postmortem_id)
    incident = await find_incident(session, SYSTEM, str(written.incident_id))
    postmortem = await locked(session, incident) or written
    account = await session.get_one(Integration, row.integration_id, with_for_update=True)
    row = await session.get_one(WordingRequest, wording_id, with_for_update=True, populate_existing=True)
    return row, incident, postmortem, account


def _hindered(incident: Incident, postmortem: Postmortem, account: Integration) -> str | None:
    """Why nothing can come of it any more; None if something can."""
    if account.archived:
        return f"{account.name} was archived."
    if postmortem.status is PostmortemStatus.PUBLISHED:
        return "The postmortem was published meanwhile."
    try:
        refuse_private(incident, account)
    except DomainError as error:
        return error.message
    return None


async def _erased_since(session: AsyncSession, row: WordingRequest, incident: Incident) -> bool:
    erased = Event.kind == TextErased.kind, Event.recorded_at >= row.asked_at
    return bool(await session.scalar(select(exists().where(Event.incident_id == incident.id, *erased))))


def _nothing(read: Reading) -> str:
    if not read.uncited and not read.blaming:
        return "It proposed nothing."
    why = [f"{read.uncited} rest on no event that it was told"] if read.uncited else []
    why += [f"{read.blaming} blame somebody"] if read.blaming else []
    return f"No sentence of its answer could be kept: {', '.join(why)}."


def _fail(session: AsyncSession, found: Found, words: str) -> None:
    row, incident, _, account = found
    row.state, row.error, row.done_at = WordingState.FAILED, words, now(session)
    fact = WordingFailed(integration_id=account.id, error=words)
    record(session, vendor(account.id, account.name), fact, incident=incident)


async def _suggest(session: AsyncSession, found: Found, asked: Question, read: Reading, model: str) -> None:
    row, incident, postmortem, account = found
    present, actor = await sections_of(session, postmortem), vendor(account.id, account.name)
    standing = await standing_of(session, postmortem)
    rows = []
    for key, sentences in read.kept.items():
        made: Reworded = reword(present[key], standing.get(key, []), [(s.text, asked.ids(s.cited)) for s in sentences])
        rows.append(
            SectionSuggestion(
                postmortem_id=postmortem.id,
                section=key,
                base_version=present[key].version,
                base=present[key].markdown,
                markdown=made.markdown,
                reason=f"Proposed by a language model ({model}).",
                author_kind=actor.kind,
                author_id=actor.id,
                created_at=now(session),
                state=SuggestionState.OPEN,
                model_name=model,
                statements=made.statements,
            )
        )
    session.add_all(rows)
    await session.flush()
    row.state, row.done_at = WordingState.ANSWERED, now(session)
    fact = WordingProposed(
        integration_id=account.id,
        model=model,
        sections=list(read.kept),
        suggestion_ids=[each.id for each in rows],
        kept=read.count,
        uncited=read.uncited,
        blaming=read.blaming,
    )
    record(session, actor, fact, incident=incident)
