"""Who is on call, as pagers told it last."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, points_to

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST = 200
"""Characters of a name or an address."""
RELIABLE = timedelta(hours=1)
"""For how long an answer is acted upon while its pager can't be asked anew: rotas change at the full hour at most."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who is asked first."""

    name: str
    email: str | None
    rota: str
    """What for: an escalation policy or a schedule, by name."""
    until: datetime | None = None
    """None: the pager does not say, or it does not end."""
    service: str | None = None
    """For which of the services that the pager knows by name; None: for all others."""

    def as_json(self) -> dict[str, Any]:
        """What is kept of it."""
        texts = {name: _kept(value) for name, value in asdict(self).items() if isinstance(value, str)}
        return {**asdict(self), **texts, "until": self.until.isoformat() if self.until else None}


def _kept(value: str) -> str:
    """A vendor's text as PostgreSQL stores it, and not endless."""
    return UNSTORABLE.sub("\ufffd", value)[:LONGEST]


class OnCallRoster(Base):
    """What a pager told. It is asked anew every few minutes, by a job, so that whoever reads waits for no network."""

    __tablename__ = "on_call_roster"

    integration_id: Mapped[int] = points_to("integration.id", primary_key=True)
    people: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Those of the last good answer (OnCall.as_json)."""
    as_of: Mapped[datetime | None]
    """When that was; null: there was none yet."""
    asked_at: Mapped[datetime | None]
    """When the pager was last asked, with or without an answer."""
    error: Mapped[str | None]
    """Why it did not answer last, and what to mend; null: it did."""
    due_at: Mapped[datetime]
    """When it is asked next."""


def standing(people: Iterable[dict[str, Any]], moment: datetime) -> list[OnCall]:
    """Those of a roster whose turn is not over at a moment."""
    found = [
        OnCall(**{**each, "until": datetime.fromisoformat(each["until"]) if each["until"] else None}) for each in people
    ]
    return [each for each in found if each.until is None or each.until > moment]


def for_service(people: Sequence[OnCall], *names: str) -> list[OnCall]:
    """Those for a service that is called one of these; where the pager does not know it by name, those for all others.

    Each person once for each rota.
    """
    called = {name.casefold() for name in names}
    own = [each for each in people if each.service is not None and each.service.casefold() in called]
    chosen = own or [each for each in people if each.service is None]
    return list({(each.name, each.email, each.rota): each for each in chosen}.values())
