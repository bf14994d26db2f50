"""Public postmortems, read in the same snapshot as the updates of their incidents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, literal, select

from core.db import Reader
from models.public_postmortem import PublicPostmortem
from statuspage.frame import wording
from statuspage.said import Learned

ANCHOR = "postmortem"
"""Where it stands on the page of its incident."""


async def read_learned(reader: Reader, incident_ids: Sequence[int], *, bodies: bool) -> dict[int, Learned]:
    """The public postmortem of each incident that has one. Without `bodies`, and of withdrawn ones, without words."""
    it = PublicPostmortem
    if not incident_ids:
        return {}
    words = case((it.withdrawn_at.is_(None), it.body), else_="") if bodies else literal("")
    rows = await reader.execute(
        select(it.incident_id, words.label("body"), it.published_at, it.edited_at, it.withdrawn_at).where(
            it.incident_id.in_(incident_ids)
        )
    )
    worded = await wording(reader)
    return {key: Learned(worded(body), *moments) for key, body, *moments in rows}


def learned_since(moment: datetime) -> Select[Any]:
    """The keys of incidents of which customers were told since a moment what was learned."""
    it = PublicPostmortem
    return select(it.incident_id).where(it.withdrawn_at.is_(None), it.published_at >= moment)
