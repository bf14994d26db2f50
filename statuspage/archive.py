"""The whole history: the incidents of a month, and those whose public words hold what somebody looks for.

Both cost the same however long the history is. A month is a range of an index. Words are first looked for in the newest
incidents, which finds what is frequent; only what is not goes to the index of words, where it is then rare.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)

from core.db import Reader
from core.zones import zone_or_utc
from models.incident import Incident
from models.maintenance import Maintenance
from models.update import Update
from models.words import Audience
from statuspage.frame import on_page, time_zone_of
from statuspage.planned import Work, read_works
from statuspage.read import Site, public, read_site

PAGE = 50
"""Incidents on one page."""

LOOKED_AT, MOST_LOOKED_AT = 100, 1_500
"""So many of the newest incidents are looked at one by one, then twice as many of the next, until a page is full or so
many were: reading the words of 100 takes as long as finding 400 by the index.
"""

FREQUENT = 5
"""A search is for something frequent if so many of the first have it. What is not stands in a few in a hundred at most:
of those, the index lists fewer than one by one would have to be looked at.
"""

INDEXED = "status_update.audience = 'PUBLIC' and status_update.withdrawn_at is null"
"""What the index of words holds, in its own words: with a parameter for PUBLIC no plan for any values could use it."""

SIMPLE = literal_column("'simple'::regconfig", String)
NEWEST_FIRST = (Incident.public_since.desc(), Incident.id.desc())


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked of the history: a month, or words; `before`: only what comes after this incident in the list."""

    month: date | None = None
    words: tuple[str, ...] = ()
    before: int | None = None


async def read_sought(sought: Sought, reader: Reader) -> Site:
    """A page of the history, newest first, without the words of the updates; a month with the work done in it."""
    which = await _month(reader, sought.month) if sought.month else await _found(reader, sought)
    more = PAGE + 1  # one more than is shown tells that there are more
    after = await _after(reader, sought.before)
    site = await read_site(reader, and_(which, after), limit=more, bodies=False, order=NEWEST_FIRST)
    works: tuple[Work, ...] = ()
    if sought.month and not sought.before:
        start, end = await _bounds(reader, sought.month)
        done = and_(Maintenance.started_at.is_not(None), Maintenance.starts_at >= start, Maintenance.starts_at < end)
        works = await read_works(reader, done, limit=PAGE, soonest_first=False)
    return replace(
        site,
        threads=site.threads[:PAGE],
        all_threads=len(site.threads) <= PAGE,
        past_works=works,
        first_at=await first_public(reader),
    )


async def first_public(reader: Reader) -> datetime | None:
    """When customers were first told of anything; None if they never were."""
    statement = select(Incident.public_since).where(public(), await on_page(reader))
    statement = statement.order_by(Incident.public_since).limit(1)
    found: datetime | None = await reader.scalar(statement)
    return found


async def _month(reader: Reader, month: date) -> ColumnElement[bool]:
    """The incidents that began in a month."""
    start, end = await _bounds(reader, month)
    return and_(Incident.public_since >= start, Incident.public_since < end)


async def _bounds(reader: Reader, month: date) -> tuple[datetime, datetime]:
    """When a month begins and ends in the page's time zone."""
    local = zone_or_utc(await time_zone_of(reader))
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=local).astimezone(UTC) for day in (month, after))
    return start, end


async def _after(reader: Reader, before: int | None) -> ColumnElement[bool]:
    """What comes after an incident in the list; nothing, if the public may not know of that one."""
    if before is None:
        return Incident.public_since.is_not(None)
    known = (Incident.id == before, public(), await on_page(reader))
    place = select(Incident.public_since, Incident.id).where(*known).scalar_subquery()
    return tuple_(Incident.public_since, Incident.id) < place


async def _found(reader: Reader, sought: Sought) -> ColumnElement[bool]:
    """The incidents of one page that hold all words, and one more."""
    query, before = _query(sought.words), sought.before
    shown = and_(public(), await on_page(reader))
    keys: list[int] = []
    turn, looked_at = LOOKED_AT, 0
    while looked_at < MOST_LOOKED_AT:
        newest = await reader.execute(_newest(query, and_(shown, await _after(reader, before)), turn))
        keys += [row.id for row in newest if row.holds]
        if len(keys) > PAGE or len(newest) < turn:
            return Incident.id.in_(keys[: PAGE + 1])
        if looked_at == 0 and len(keys) < FREQUENT:
            break
        before, looked_at, turn = newest[-1].id, looked_at + turn, turn * 2
    rows = await reader.execute(_anywhere(query, and_(shown, await _after(reader, sought.before))).limit(PAGE + 1))
    return Incident.id.in_([row.id for row in rows])


def _query(words: tuple[str, ...]) -> ColumnElement[Any]:
    """All words, each as a word or the beginning of one."""
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    return func.to_tsquery(SIMPLE, literal(" & ".join(f"'{word}':*" for word in quoted)))


def _said() -> ColumnElement[bool]:
    return and_(Update.audience == Audience.PUBLIC, Update.withdrawn_at.is_(None))


def _newest(query: ColumnElement[Any], shown: ColumnElement[bool], limit: int) -> Select[Any]:
    """The next of the newest incidents, and whether each `holds` the words.

    What is compared is, on purpose, not what is indexed: the index would list all that hold a frequent word.
    """
    after = select(Incident.id, Incident.public_title, Incident.public_since).where(shown)
    some = after.order_by(*NEWEST_FIRST).limit(limit).cte("some").prefix_with("materialized")
    body = func.to_tsvector(SIMPLE, Update.body + literal(""))
    said = select(Update.id).where(Update.incident_id == some.c.id, _said(), _has(body, query)).limit(1)
    title = func.to_tsvector(SIMPLE, func.coalesce(some.c.public_title, ""))
    holds = or_(_has(title, query), said.scalar_subquery().is_not(None)).label("holds")
    return select(some.c.id, holds).order_by(some.c.public_since.desc(), some.c.id.desc())


def _anywhere(query: ColumnElement[Any], shown: ColumnElement[bool]) -> Select[Any]:
    """By the indexes ix_status_update_public_words and ix_incident_public_words: theirs are these expressions.

    Each incident is then read by its key. The planner takes the rare for frequent, and would read all incidents.
    """
    in_text = select(Update.incident_id.label("id")).where(
        text(INDEXED), _has(func.to_tsvector(SIMPLE, Update.body), query)
    )
    in_title = select(Incident.id).where(
        Incident.public_title.is_not(None), _has(func.to_tsvector(SIMPLE, Incident.public_title), query)
    )
    either = in_text.union(in_title).cte("either").prefix_with("materialized")
    by_key = select(Incident.id, Incident.public_since).where(Incident.id == either.c.id, shown)
    each = by_key.correlate(either).offset(literal_column("0")).lateral("each")  # an offset can't be planned away
    found = select(each.c.id).select_from(either.join(each, true()))
    return found.order_by(each.c.public_since.desc(), each.c.id.desc())


def _has(words: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[bool]:
    return words.op("@@", is_comparison=True)(query)
