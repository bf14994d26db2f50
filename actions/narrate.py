"""Events put into words. Facts hold ids; what things are called is looked up here, for a whole batch at once.

Nothing here asks who may see: callers hand in events that their reader may see (auth.visibility).
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, CompoundSelect, Select, any_, bindparam, literal, select, union_all

import models.facts.every  # noqa: F401 (read_fact knows the facts that were imported)
from auth.actor import ANONYMOUS, SYSTEM
from core.db import Reader
from core.kept import among, with_keys
from models.access import ServiceAccount
from models.alert import AlertSource
from models.event import Event, EventText
from models.facts.base import ERASED, Fact, Names, has_words, mentioned, read_fact
from models.facts.response import EntryAdded
from models.incident import REFERENCE_PREFIX
from models.integration import Integration
from models.paging.policy import EscalationPolicy
from models.person import Team, User
from models.role import Role
from models.runbook import Runbook
from models.schedule.table import Schedule
from models.service import Component, Service
from models.severity import Severity, SeverityVersion
from models.words import ActorKind
from models.workflow import Workflow, WorkflowRun

ActorKey = tuple[ActorKind, int | None]
CalledAt = Callable[[int, datetime], str]
"""What a person (by key) is called at a moment, instead of by name."""

SCRIPT = "a script"
ACTOR_NOUNS = {
    ActorKind.USER: "user",
    ActorKind.SERVICE_ACCOUNT: "service_account",
    ActorKind.INTEGRATION: "source",
    ActorKind.WORKFLOW: "workflow_run",
    ActorKind.VENDOR: "integration",
}
NAMED: dict[str, type[Any]] = {
    "user": User,
    "role": Role,
    "team": Team,
    "service": Service,
    "component": Component,
    "source": AlertSource,
    "service_account": ServiceAccount,
    "integration": Integration,
    "runbook": Runbook,
    "workflow": Workflow,
    "schedule": Schedule,
    "escalation_policy": EscalationPolicy,
}
UNREAD = object()
"""Instead of the text of an event that was read without it."""
TEXTS = select(EventText.event_id, EventText.body).where(among(EventText.event_id))


@lru_cache(1024)
def _names_of(nouns: tuple[str, ...]) -> CompoundSelect[str, int, str]:
    """The statement for names of these nouns: the keys of each are a parameter that is called as the noun is."""
    return union_all(*map(_names, nouns))


def _names(noun: str) -> Select[str, int, str]:
    """The select of (noun, key, name) for one noun."""
    keys = any_(bindparam(noun, type_=ARRAY(BigInteger)))
    if noun == "severity":
        current = SeverityVersion.id == Severity.current_version_id
        return (
            select(literal(noun), Severity.id, SeverityVersion.name)
            .join(SeverityVersion, current)
            .where(Severity.id == keys)
        )
    if noun == "workflow_run":
        run = select(literal(noun), WorkflowRun.id, Workflow.name).join(
            Workflow, Workflow.id == WorkflowRun.workflow_id
        )
        return run.where(WorkflowRun.id == keys)
    model = NAMED[noun]
    return select(literal(noun), model.id, model.name).where(model.id == keys)


async def names_of(reader: Reader, pairs: AbstractSet[tuple[str, int]]) -> Names:
    """What rows, given as (noun, key), are called today: at most one statement, however many there are.

    Nouns are those of `models.facts.base.NOUNS`. Incidents are called by their reference, which gives nothing away. A
    row that is not there gets a plain word from `Names.of`.
    """
    known = {(noun, key): f"{REFERENCE_PREFIX}{key}" for noun, key in pairs if noun == "incident"}
    wanted: dict[str, list[int]] = {}
    for noun, key in sorted(pairs):
        if noun != "incident":
            wanted.setdefault(noun, []).append(key)
    if wanted:
        rows = await reader.tuples(_names_of(tuple(wanted)), wanted)
        known |= {(noun, key): name for noun, key, name in rows}
    return Names(known)


def _actor_pair(actor: ActorKey) -> tuple[str, int] | None:
    kind, key = actor
    noun = ACTOR_NOUNS.get(kind)
    return (noun, key) if noun is not None and key is not None else None


def _actor_name(actor: ActorKey, names: Names) -> str:
    kind, key = actor
    if kind in ACTOR_NOUNS:
        return names.of(ACTOR_NOUNS[kind], key)
    return SYSTEM.name if kind is ActorKind.SYSTEM else ANONYMOUS.name


async def actor_names(reader: Reader, pairs: AbstractSet[ActorKey]) -> dict[ActorKey, str]:
    """What those who acted are called, as (kind, key): at most one statement.

    An integration is its alert source, a run its workflow.
    """
    names = await names_of(reader, {pair for pair in map(_actor_pair, pairs) if pair is not None})
    return {actor: _actor_name(actor, names) for actor in pairs}


async def texts_of(reader: Reader, events: Sequence[Event]) -> dict[int, str]:
    """The free texts of events by event id: at most one statement. An erased text is absent.

    Events that were read together with their text (`Event.beside`) are not asked for again.
    """
    texts: dict[int, str] = {}
    keys = []
    for event in events:
        if event.text_digest is None:
            continue
        words: Any = getattr(event, "words", UNREAD)
        if words is UNREAD:
            keys.append(event.id)
        elif words is not None:
            texts[event.id] = words
    if keys:
        texts.update(await reader.tuples(TEXTS, with_keys(keys)))
    return texts


async def sentences(reader: Reader, events: Sequence[Event], *, called: CalledAt | None = None) -> list[str]:
    """What each event says: its fact's sentence, a reason or note included. At most two statements.

    A kind that this version does not know is named. With `called`, people are called by what it returns and not by
    name: a blameless postmortem speaks of roles. What scripts are called is often a name, too.
    """
    facts, names = await _facts(reader, events)
    return [
        _sentence(event, fact, names if called is None else _renamed(event, fact, names, called))
        for event, fact in zip(events, facts, strict=True)
    ]


async def _facts(reader: Reader, events: Sequence[Event]) -> tuple[list[Fact | None], Names]:
    """What happened, as facts, and the names of all who and that play a part in it."""
    words = await texts_of(reader, [event for event in events if has_words(event.kind)])
    facts = [read_fact(event.kind, event.data, words.get(event.id)) for event in events]
    pairs = {pair for fact in facts if fact is not None for pair in mentioned(fact)}
    return facts, await names_of(reader, pairs | _actor_pairs(events))


def _actor_pairs(events: Sequence[Event]) -> set[tuple[str, int]]:
    actors = {(event.actor_kind, event.actor_id) for event in events}
    return {pair for pair in map(_actor_pair, actors) if pair is not None}


class Told(NamedTuple):
    """An event in words, and what whoever acted is called."""

    author: str
    text: str


async def narrate(reader: Reader, events: Sequence[Event]) -> list[str]:
    """Each event in words, in the order given, by at most three statements for the whole batch.

    An entry is what was written; every other event is its sentence, and a text that belongs to it (an update's body)
    follows after a blank line. Where a text was erased, so much is said.
    """
    texts = await texts_of(reader, [event for event in events if not has_words(event.kind)])
    entry = EntryAdded.kind
    said = [texts.get(event.id) if event.kind == entry else None for event in events]
    if None not in said:
        return said  # type: ignore[return-value]  # there is no None in it
    rest = [event for event, text in zip(events, said, strict=True) if text is None]
    others = iter(await _told(reader, rest, texts))
    return [next(others).text if text is None else text for text in said]


async def told(reader: Reader, events: Sequence[Event]) -> list[Told]:
    """The same with whoever acted, by as many statements."""
    return await _told(reader, events, await texts_of(reader, [e for e in events if not has_words(e.kind)]))


async def _told(reader: Reader, events: Sequence[Event], texts: dict[int, str]) -> list[Told]:
    facts, names = await _facts(reader, events) if events else ([], Names())
    return [
        Told(
            _actor_name((event.actor_kind, event.actor_id), names),
            _with_text(event, _sentence(event, fact, names), texts.get(event.id)),
        )
        for event, fact in zip(events, facts, strict=True)
    ]


def _renamed(event: Event, fact: Fact | None, names: Names, called: CalledAt) -> Names:
    """The same names, except for people, who are called otherwise at the moment of the event."""
    pairs = mentioned(fact) if fact is not None else set()
    people = {key for noun, key in pairs if noun == "user"}
    if event.actor_kind is ActorKind.USER and event.actor_id is not None:
        people.add(event.actor_id)
    scripts = {pair: SCRIPT for pair in names.known if pair[0] == "service_account"}
    return Names({**names.known, **scripts, **{("user", key): called(key, event.occurred_at) for key in people}})


def _sentence(event: Event, fact: Fact | None, names: Names) -> str:
    if fact is None:
        return f"{event.kind} happened."
    sentence = fact.sentence(_actor_name((event.actor_kind, event.actor_id), names), names)
    return sentence[:1].upper() + sentence[1:]


def _with_text(event: Event, sentence: str, text: str | None) -> str:
    if text is None and event.text_digest is not None and not has_words(event.kind):
        text = ERASED
    if text is None:
        return sentence
    return text if event.kind == EntryAdded.kind else f"{sentence}\n\n{text}"
