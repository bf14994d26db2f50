"""Refusals in the words of a chat: actions write them for whoever sends mutations, with the names of the API."""

import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.transitions import IllegalMoveError
from core.errors import DomainError, ErrorCode
from models.incident import REFERENCE_PREFIX
from models.lifecycle import TRANSITIONS, Verb
from models.role import Role
from models.service import Service
from models.severity import Severity, SeverityVersion
from models.words import Stage

MOST = 20
"""Names that are listed: what is more is looked up in Muster."""
LISTED = {
    "severity": select(SeverityVersion.name)
    .join(Severity, Severity.current_version_id == SeverityVersion.id)
    .where(Severity.archived_at.is_(None))
    .order_by(SeverityVersion.rank),
    "role": select(Role.key).where(Role.archived_at.is_(None)).order_by(Role.id),
    "service": select(Service.slug).where(Service.archived_at.is_(None)).order_by(Service.slug),
}
"""What everybody may know of, and how it is written, by the field that names it."""
NAME = re.compile(r"\b[a-z]+(?:[A-Z][a-z0-9]+)+\b")
"""A name of the API."""
PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


async def plainly(session: AsyncSession, refusal: DomainError) -> str:
    """What is wrong and what to do, in one or two sentences."""
    if isinstance(refusal, IllegalMoveError):
        return _of_a_move(refusal)
    hint = refusal.hint
    if refusal.code is ErrorCode.NOT_FOUND:
        hint = await _known(session, refusal.field) or hint
    words = f"{refusal.message} {hint}" if hint else refusal.message
    return NAME.sub(lambda found: PARTS.sub(" ", found[0]).lower(), words)


async def _known(session: AsyncSession, field: str | None) -> str | None:
    """What there is, where a name was not found."""
    noun = (field or "").partition(".")[0].removesuffix("s")
    if noun not in LISTED:
        return None
    names = list(await session.scalars(LISTED[noun].limit(MOST + 1)))
    more = " … Muster lists all." if len(names) > MOST else "."
    return f"There are: {', '.join(names[:MOST])}{more}" if names else None


def _of_a_move(refusal: IllegalMoveError) -> str:
    """Where the incident is, and where it can go from there."""
    stage = refusal.stage
    said = f"{refusal.reference} is in {stage.capitalize()}: from there it can't go to {refusal.target.capitalize()}."
    if stage is Stage.MERGED:
        return f"{said} It goes on as {REFERENCE_PREFIX}{refusal.merged_into_id}."
    here = [f"“stage {target.lower()}”" for target in sorted(TRANSITIONS[stage].get(Verb.CHANGE_STAGE, ()))]
    if Verb.ACKNOWLEDGE in TRANSITIONS[stage]:
        here.append("“acknowledge”")
    if Verb.DECLARE in TRANSITIONS[stage]:
        here.append("“declare SEV1”")
    others = [WAYS[verb] for verb in WAYS if verb in TRANSITIONS[stage]]
    ways = [
        f"Write {' or '.join(here)}." if here else "",
        f"In Muster it can be {', '.join(others)}." if others else "",
    ]
    return " ".join([said, *filter(None, ways)])


WAYS = {Verb.REOPEN: "reopened", Verb.DECLINE: "declined", Verb.CANCEL: "cancelled", Verb.MERGE: "merged"}
"""What is done on Muster's own pages, as it needs a reason or another incident."""
