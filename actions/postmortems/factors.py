"""Contributing factors: the kinds that an organisation knows, and those that people find for an incident.

There are several, and none is a person: a kind whose name blames is refused (PRACTICE, "blameless").
"""

import re
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.catalogue.saving import SLUG, begin
from actions.postmortems.assembly import rewrite
from actions.postmortems.blame import find_blame, shipped_phrases
from actions.postmortems.changes import drafted
from actions.postmortems.composing import compose
from actions.postmortems.reading import read_material
from actions.record import record
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.db import Within
from core.errors import invalid
from core.unset import UNSET, Unset
from models.facts.learning import FactorsChosen
from models.learning import ContributingFactor, FactorKind
from models.postmortem import Postmortem

MOST = 20
NOTE = 1_000
ROOT = re.compile(r"root[\s-]*cause", re.IGNORECASE)


class FactorGiven(Protocol):
    """A factor as it is given."""

    kind: str
    note: str | None


async def save_factor_kind(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    key: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    description: str | Unset | None = UNSET,
    position: int | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> FactorKind:
    """Add a kind of contributing factor, or change one. A new one needs a key, a name and a description.

    INVALID_INPUT for a name that blames, and for a "root cause": there is never only one. CONFLICT if the key is taken.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, FactorKind, id)
    if saving.creating:
        saving.row.position = 0
    wanted = saving.given("key", key)
    if not isinstance(wanted, Unset):
        if not SLUG.fullmatch(wanted):
            raise invalid("key", f"{wanted[:80]!r} is no key.", "Use 1 to 60 of a-z, 0-9 and hyphens.")
        saving.set("key", wanted)
    saving.text("name", name)
    saving.text("description", description, limit=check.LINE)
    blame = find_blame(saving.row.name, shipped_phrases(), {})
    if blame or ROOT.search(saving.row.name):
        hint = blame[0].suggestion if blame else "Several factors contribute: name this one by what it is."
        raise invalid(
            "name", "A kind of factor names something in the system, never a person, nor the one cause.", hint
        )
    if isinstance(position, int):
        saving.set("position", position)
    saving.archive(archived)
    await saving.write()
    saving.record(actor)
    return saving.row


async def choose_factors(
    session: AsyncSession, actor: Actor, *, incident: str, factors: Sequence[FactorGiven], expected_version: int
) -> Postmortem:
    """Say what contributed to an incident: kinds by key, in the order of their weight, with a note each.

    They replace those that were chosen before, and stand in the section as what people said; of the rest of the
    postmortem nothing changes. `expected_version` is the postmortem's. CONFLICT before it has been drafted.
    """
    require(actor, Permission.READ)
    check.few(factors, "factors", limit=MOST)
    target = await find_allowed(session, actor, Act.CHOOSE_FACTORS, incident)
    postmortem = await drafted(session, target)
    check.expected_version(expected_version, postmortem.version, "postmortem")
    rows = [await _factor(session, postmortem, each, place) for place, each in enumerate(factors)]
    own = ContributingFactor.postmortem_id == postmortem.id
    before = await session.scalars(select(ContributingFactor).where(own).order_by(ContributingFactor.position))
    if [(row.kind_id, row.note) for row in before] == [(row.kind_id, row.note) for row in rows]:
        return postmortem
    await session.execute(delete(ContributingFactor).where(own))
    session.add_all(rows)
    await session.flush()
    document = compose(await read_material(Within(session), target.id))
    await rewrite(session, actor, target, postmortem, document, only="contributing_factors")
    postmortem.version += 1
    record(session, actor, FactorsChosen(factor_kind_ids=[row.kind_id for row in rows]), incident=target)
    return postmortem


async def _factor(session: AsyncSession, postmortem: Postmortem, given: FactorGiven, place: int) -> ContributingFactor:
    field = f"factors.{place}.kind"
    kind = None
    if given.kind.isprintable():
        kind = await session.scalar(select(FactorKind).where(FactorKind.key == given.kind))
    if kind is None or kind.archived:
        known = await session.scalars(
            select(FactorKind.key).where(FactorKind.archived_at.is_(None)).order_by(FactorKind.position)
        )
        raise invalid(field, f"There is no kind of factor {given.kind[:80]!r}.", f"Send one of: {', '.join(known)}.")
    note = check.optional_text(given.note or None, f"factors.{place}.note", limit=NOTE)
    return ContributingFactor(postmortem_id=postmortem.id, kind_id=kind.id, position=place, note=note)
