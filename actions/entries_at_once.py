"""An entry that needs nothing but to be written, in one statement that is its transaction.

Most entries are such: the incident was not merged, and the actor's access role is enough. The statement locks the
incident, asks whether the actor sees it, and writes the journal, with the job that its stage asks for. Where it finds
none, nothing is written, and `actions.entries.add_entry` does the work or says why not. Locks are taken in its order
(docs/locks.md).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from actions.entries import checked_entry
from actions.find import incident_key
from actions.record import record
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, may, require
from auth.visibility import REMEMBERED, visible_to
from core.correlation import carried
from core.db import Database, dumps
from core.journal import PendingEvent, enqueuing, journal_of
from core.kept import KEY, with_key
from core.rows import draft
from models.facts.response import EntryAdded
from models.incident import Incident
from models.postmortem import LEARNING_STAGES
from models.words import EntryKind, Stage, Visibility

NOTHING: ColumnElement[Any] = literal_column("'[]'::jsonb", JSONB)
NO_CLAIM: ColumnElement[Any] = literal_column("null::bigint")


async def add_entry_at_once(
    database: Database,
    actor: Actor,
    *,
    incident: str,
    kind: EntryKind,
    text: str,
    occurred_at: datetime | None = None,
    pinned: bool = False,
) -> PendingEvent | None:
    """Write a line on an incident's timeline, committed when it returns; None if it is not as simple as that.

    What is wrong with the text, the moment or the reference is refused as `add_entry` does.
    """
    require(actor, Permission.READ)
    if not may(actor, NEEDS[Act.ADD_ENTRY].permission):
        return None
    body, happened = checked_entry(text, occurred_at, database.clock.now())
    key = incident_key(incident)
    paper = database.paper()
    # Whatever may follow from an entry follows in this; the statement tells whether it does.
    most = draft(Incident, id=key, stage=Stage.RESOLUTION, visibility=Visibility.ORGANISATION, followed=False)
    event = record(
        paper, actor, EntryAdded(), incident=most, text=body, occurred_at=happened, entry_kind=kind, pinned=pinned
    )
    journal = journal_of(paper)
    given = {"event": dumps(event), "jobs": dumps(journal.jobs), "trace": carried()}
    async with database.looking() as once:
        with enqueuing(journal):
            found = await once.tuples(_write(actor), {**given, **with_key(key)})
    if not found:
        return None
    written, event.visibility, stage = found[0]
    journal.jobs = journal.jobs if stage in LEARNING_STAGES else []
    ((event.id, event.number),) = written["events"]
    journal.cursor = written["cursor"]
    database.committed(journal)
    return event


@lru_cache(REMEMBERED)
def _write(actor: Actor) -> Select[Any]:
    trace = func.set_config("muster.trace", bindparam("trace", type_=Text), literal_column("true"))
    spot = (
        select(Incident.visibility, Incident.stage, trace.label("trace"))
        .where(Incident.id == KEY, visible_to(actor), Incident.stage != Stage.MERGED)
        .with_for_update(key_share=True, of=Incident)
        .subquery("spot")
    )
    event = _given("event").concat(func.jsonb_build_object("visibility", spot.c.visibility))
    learnt = or_(*(spot.c.stage == stage for stage in sorted(LEARNING_STAGES)))
    jobs = case((learnt, _given("jobs")), else_=NOTHING)
    written = func.journal_write(func.jsonb_build_array(event), jobs, NO_CLAIM, type_=JSONB)
    return select(written, spot.c.visibility, spot.c.stage)


def _given(name: str) -> Any:
    return cast(bindparam(name, type_=Text), JSONB)
