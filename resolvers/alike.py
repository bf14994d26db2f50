"""Incidents that looked like one that is open: what was learned of them may help now.

All that may be alike is read in a few statements, however many incidents are asked about: which are the newest that
the viewer may see, what they touch, and their words, as far as they aren't remembered (resolvers.traits). PostgreSQL
splits and stems the words as they are written (models.incident.alike); how alike two incidents are, models.likeness
says. Nothing that the viewer may not see plays a part, not even in how rare a word is.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, String, any_, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from auth.actor import Actor
from auth.visibility import REMEMBERED, visible_action_items, visible_to
from core import kept
from core.errors import invalid
from core.kept import keys_sent, with_keys
from models.incident import Incident, IncidentService
from models.learning import ContributingFactor, FactorKind
from models.lifecycle import OPEN_STAGES
from models.likeness import Alike, Corpus, Touched, Traits, spelled
from models.postmortem import ActionItem, Postmortem
from models.service import Service
from models.words import IncidentKind, Likeness, Stage
from resolvers.action_items import UNDONE
from resolvers.context import Context
from resolvers.rows import by_key
from resolvers.traits import CHANGED, Selection, corpus_of, read_traits, remembered, telling

LOOKED_AT = 2000
"""How many of the newest incidents are looked at."""
MOST = 20
NEVER = (Stage.MERGED, Stage.DECLINED, Stage.CANCELLED)
"""What was merged goes on elsewhere; what was declined or cancelled was none."""
ENGLISH = literal_column("'english'::regconfig", String)
LONGEST = 2000
"""Characters of a summary that are looked at (models.incident.ALIKE)."""
NEW = 0
"""Stands for an incident that is not there yet: no incident has this key."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that two incidents have in common, in words."""

    kind: Likeness
    text: str


@dataclass(frozen=True, slots=True)
class Similar:
    """Another incident that looks like one."""

    incident: Incident
    score: float
    reasons: list[Reason]


async def similar(ctx: Context, incidents: Sequence[Incident], *, first: int = 5) -> list[list[Similar]]:
    """Those that each looks like, the most alike first; none for one that is not open."""
    if not 1 <= first <= MOST:
        raise invalid("first", f"{first} is not between 1 and {MOST}.", f"Ask for 1 to {MOST}.")
    asked = [incident.id for incident in incidents if incident.is_open]
    if not asked:
        return [[] for _ in incidents]
    selected = await _newest(ctx)
    among, older = selected.keys, set(asked) - selected.traits.keys()
    if older:
        selected = Selection(among, {**selected.traits, **await read_traits(ctx, older)})
    services = await _services(ctx, asked, among)
    factors = await _factors(ctx, asked, among)
    corpus, known = await corpus_of(ctx, selected), set(asked) & selected.traits.keys()
    near = await asyncio.to_thread(lambda: {k: corpus.nearest(k, among, first, services, factors) for k in known})
    told = await _tell(ctx, [each for own in near.values() for each in own])
    return [[told[each] for each in near.get(i.id, ()) if each in told] for i in incidents]


async def open_like(
    ctx: Context, title: str, *, summary: str = "", services: Sequence[str] = (), first: int = 3
) -> list[Similar]:
    """The open incidents that look like one that is not there yet, the most alike first: lest it be declared twice.

    Services by their slugs. How rare a word is is told by the newest incidents, as for one that is there.
    """
    said = func.to_tsvector(ENGLISH, f"{title} {summary[:LONGEST]}")
    text = cast(func.tsvector_to_array(said), ARRAY(String))
    words = await ctx.reader.scalar(select(text))
    touched = await ctx.reader.execute(select(Service.id).where(Service.slug.in_(services))) if services else []
    newest = await _newest(ctx)
    among, traits = newest.keys, newest.traits
    alive = await _open(ctx, among)
    theirs = select(IncidentService.incident_id, IncidentService.service_id)
    of_open = await ctx.reader.execute(theirs.where(IncidentService.incident_id.in_(alive))) if alive else []
    touches = _sets([*((row[0], row[1]) for row in of_open), *((NEW, row.id) for row in touched)])
    whole = {**traits, NEW: Traits(telling(words or ()))}
    near = await asyncio.to_thread(lambda: Corpus(whole).nearest(NEW, alive, first, touches))
    told = await _tell(ctx, near)
    return [told[each] for each in near if each in told]


async def open_action_items(ctx: Context, similar: Sequence[Similar]) -> list[list[ActionItem]]:
    """What is still owed of each, the most urgent first."""
    keys = with_keys(each.incident.id for each in similar)
    found: dict[int | None, list[ActionItem]] = {}
    for row in await ctx.reader.rows(ActionItem, _undone(ctx.actor), keys) if similar else ():
        found.setdefault(row.incident_id, []).append(row)
    return [found.get(each.incident.id, []) for each in similar]


@lru_cache(REMEMBERED)
def _undone(actor: Actor) -> Select[ActionItem]:
    theirs = kept.among(ActionItem.incident_id), UNDONE, visible_action_items(actor)
    return select(ActionItem).where(*theirs).order_by(ActionItem.priority, ActionItem.id)


@lru_cache(REMEMBERED)
def _looked_at(actor: Actor) -> Select[list[int], list[int]]:
    wanted = visible_to(actor), Incident.stage.not_in(NEVER), Incident.kind != IncidentKind.DRILL
    rows = select(Incident.id, CHANGED).where(*wanted).order_by(Incident.id.desc()).limit(LOOKED_AT).subquery()
    newest = rows.c.id.desc()
    columns = (aggregate_order_by(column, newest) for column in (rows.c.id, rows.c.changed))
    return select(*map(func.array_agg, columns))


async def _newest(ctx: Context) -> Selection:
    """The newest incidents that another may be like, the newest first, and what is written on them."""
    # In two arrays: thousands of rows of two numbers cost several times as much.
    [(keys, changes)] = await ctx.reader.execute(_looked_at(ctx.actor))
    return await remembered(ctx, keys or [], changes or [])


async def _open(ctx: Context, among: list[int]) -> list[int]:
    """Those of some incidents that are open."""
    if not among:
        return []
    alive = select(Incident.id).where(Incident.id >= among[-1], Incident.stage.in_(OPEN_STAGES), visible_to(ctx.actor))
    found = {row[0] for row in await ctx.reader.execute(alive)}
    return [key for key in among if key in found]


async def _services(ctx: Context, asked: list[int], among: list[int]) -> Touched:
    """Of each incident those services that one of those that are asked about touches as well."""
    return await _shared(ctx, TOUCHED, asked, among)


async def _factors(ctx: Context, asked: list[int], among: list[int]) -> Touched:
    """The same of contributing factors: one that is open has some only after it was reopened."""
    return await _shared(ctx, CONTRIBUTED, asked, among)


async def _shared(ctx: Context, pairs: "Pairs", asked: list[int], among: list[int]) -> Touched:
    """Of each incident those values that one of those that are asked about has as well."""
    own = [(row[0], row[1]) for row in await ctx.reader.execute(pairs.own, with_keys(asked))]
    wanted = {value for _, value in own}
    if not wanted or not among:
        return _sets(own)
    shared = {"oldest": among[-1], "wanted": sorted(wanted), **with_keys(among)}
    return _sets([*own, *((row[0], row[1]) for row in await ctx.reader.execute(pairs.shared, shared))])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Statements for pairs of an incident and something that it has: all of some, or those with some values."""

    own: Select[int, int]
    shared: Select[int, int]


def _pairs(incident_id: Any, value: Any, *joined: Any) -> Pairs:
    pairs, table = select(incident_id, value), keys_sent("looked_at")
    if joined:
        pairs = pairs.join(*joined)
    # The range, so that an index gives those of the newest incidents alone, and not all that there ever were.
    newest, wanted = incident_id >= bindparam("oldest"), value == any_(bindparam("wanted", type_=ARRAY(BigInteger)))
    theirs = pairs.join(table, table.c.id == incident_id).where(newest, wanted)
    return Pairs(pairs.where(kept.among(incident_id)), theirs)


TOUCHED = _pairs(IncidentService.incident_id, IncidentService.service_id)
CONTRIBUTED = _pairs(
    Postmortem.incident_id,
    ContributingFactor.kind_id,
    ContributingFactor,
    ContributingFactor.postmortem_id == Postmortem.id,
)


def _sets(pairs: Iterable[tuple[int, int]]) -> Touched:
    found: dict[int, set[int]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


async def _tell(ctx: Context, near: list[Alike]) -> dict[Alike, Similar]:
    """What is found, with incidents, and with reasons in words."""
    rows = await by_key(ctx, Incident, (each.key for each in near), visible_to(ctx.actor))
    services = await by_key(ctx, Service, (key for each in near for key in each.services))
    factors = await by_key(ctx, FactorKind, (key for each in near for key in each.factors))
    return {
        each: Similar(
            rows[each.key],
            round(each.score, 3),
            [
                *([Reason(Likeness.WORDS, ", ".join(_said(each, rows[each.key])))] if each.words else []),
                *_named(Likeness.SERVICE, (services[key].name for key in each.services)),
                *_named(Likeness.LABEL, (f"{name}: {value}" for name, value in each.labels)),
                *_named(Likeness.FACTOR, (factors[key].name for key in each.factors)),
            ],
        )
        for each in near
        if each.key in rows
    }


def _said(each: Alike, incident: Incident) -> list[str]:
    """The words in common as the other incident has them."""
    return spelled(each.words, f"{incident.title}\n{incident.summary or ''}")


def _named(kind: Likeness, names: Iterable[str]) -> list[Reason]:
    return [Reason(kind, name) for name in sorted(names)]
