"""Whether the audit trail is as it was written: every link recomputed, and every text that is still there."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from actions.audit_chain import COLUMNS, link
from core.db import Database, Reader
from models.event import AuditLink, Event, EventOrigin, EventText

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `fault` is the first thing that is wrong, in words; None if all is as it was written."""

    links: int
    """How many links were recomputed."""
    head_event: int
    """The event of the last one that was good; 0 if there is none."""
    head: str
    """Its digest in hexadecimal, to be kept elsewhere."""
    waiting: int = 0
    """Audited events that are too new to be linked."""
    knows_head: bool = False
    """Whether the digest that was asked for is part of the chain."""
    fault: str | None = None


@dataclass(slots=True)
class _Walk:
    """How far the chain was followed."""

    event: int
    digest: bytes
    sought: str | None
    links: int = 0
    found: bool = False

    def at(self, event: int, digest: bytes) -> None:
        self.event, self.digest = event, digest
        self.found = self.found or digest.hex() == self.sought

    def ended(self, fault: str | None = None, waiting: int = 0) -> Verdict:
        return Verdict(self.links, self.event, self.digest.hex(), waiting, self.found, fault)


async def verify(database: Database, *, after: int = 0, head: str | None = None) -> Verdict:
    """Follow the chain from the link after the event `after`, whose digest is taken as it stands, to its end.

    Found are events that were changed, removed or inserted, links that were, and texts and origins that are not those
    of their events; those that were erased are not missed. A tail that was cut off, and a chain that was made anew, can
    be told only by an earlier `head` (hexadecimal) that is no longer part of it: see `knows_head`.
    """
    async with database.reading() as reader:
        walk = _Walk(0, b"", head)
        if after:
            start = await reader.execute(select(AuditLink).where(AuditLink.event_id == after))
            if not start:
                return walk.ended(f"event {after} has no link to begin with")
            walk.at(after, start[0].digest)
        while rows := await reader.execute(_links(walk.event)):
            stray = await _unlinked(reader, walk.event, rows[-1].event_id)
            for row in rows:
                if stray is not None and stray < row.event_id:
                    return walk.ended(f"event {stray} has no link: it was inserted, or its link was removed")
                fault = _fault(walk, row)
                if fault is not None:
                    return walk.ended(fault)
                walk.at(row.event_id, row.digest)
                walk.links += 1
        waiting = select(func.count()).where(Event.id > walk.event, Event.origin_digest.is_not(None))
        return walk.ended(waiting=await reader.scalar(waiting))


def _links(after: int) -> Any:
    """The next links, with all that they and their events' digests cover."""
    return (
        select(
            AuditLink.event_id,
            AuditLink.digest,
            *COLUMNS,
            EventText.salt.label("text_salt"),
            EventText.body,
            EventOrigin.salt.label("origin_salt"),
            EventOrigin.address,
            EventOrigin.user_agent,
        )
        .select_from(AuditLink)
        .outerjoin(Event, Event.id == AuditLink.event_id)
        .outerjoin(EventText, EventText.event_id == AuditLink.event_id)
        .outerjoin(EventOrigin, EventOrigin.event_id == AuditLink.event_id)
        .where(AuditLink.event_id > after)
        .order_by(AuditLink.event_id)
        .limit(BATCH)
    )


async def _unlinked(reader: Reader, after: int, upto: int) -> int | None:
    """The first audited event between two that the chain passed over."""
    linked = exists(select(1).where(AuditLink.event_id == Event.id))
    passed_over = (
        select(Event.id)
        .where(Event.id > after, Event.id <= upto, Event.origin_digest.is_not(None), ~linked)
        .order_by(Event.id)
        .limit(1)
    )
    found: int | None = await reader.scalar(passed_over)
    return found


def _fault(walk: _Walk, row: Any) -> str | None:
    """What is wrong with a link, if anything is."""
    if row.id is None:
        return f"event {row.event_id} was removed: there is a link for it"
    if link(walk.digest, row) != row.digest:
        before = f" after event {walk.event}" if walk.event else ""
        return (
            f"event {row.id} ({row.kind}) does not match its link: the event or the link was changed,"
            f" or something before it{before} was removed"
        )
    return next(_false_digests(row), None)


def _false_digests(row: Any) -> Iterator[str]:
    """Texts and origins that are not what was written."""
    if row.text_salt is not None and _salted(row.text_salt, row.body) != row.text_digest:
        yield f"the text of event {row.id} ({row.kind}) was changed"
    if row.origin_salt is not None:
        origin = f"{row.address}\0{row.user_agent}"
        if _salted(row.origin_salt, origin) != row.origin_digest:
            yield f"the origin of event {row.id} ({row.kind}) was changed"


def _salted(salt: bytes, text: str) -> bytes:
    return hashlib.sha256(salt + text.encode()).digest()
