"""What public updates said before they were reworded: customers may read that, unless it was hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.db import Reader
from models.update import Update, UpdateRevision
from models.words import Audience

MOST = 10
"""Earlier wordings of an update that are shown: the newest of them."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an update said before it was reworded, and until when."""

    body: str
    until: datetime


async def read_earlier(reader: Reader, incident_ids: Sequence[int]) -> dict[int, list[Earlier]]:
    """The newest earlier wordings of each public update that stands, oldest first, by update."""
    age = func.row_number().over(partition_by=UpdateRevision.update_id, order_by=UpdateRevision.id.desc())
    shown = (
        select(
            UpdateRevision.id,
            UpdateRevision.update_id,
            UpdateRevision.body,
            UpdateRevision.replaced_at,
            age.label("age"),
        )
        .join(Update, Update.id == UpdateRevision.update_id)
        .where(
            Update.incident_id.in_(incident_ids),
            Update.audience == Audience.PUBLIC,
            Update.withdrawn_at.is_(None),
            UpdateRevision.hidden_at.is_(None),
        )
        .subquery()
    )
    found: dict[int, list[Earlier]] = {}
    for row in await reader.execute(select(shown).where(shown.c.age <= MOST).order_by(shown.c.id)):
        found.setdefault(row.update_id, []).append(Earlier(row.body, row.replaced_at))
    return found
