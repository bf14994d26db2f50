"""Which requests were already carried out, so that a repeated one does nothing twice. Kept for 24 hours."""

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key
from models.words import ActorKind


class IdempotencyClaim(Base):
    """A request by its key. Holds the id of what it made and its cursor, never the answer: that is resolved anew."""

    __tablename__ = "idempotency_claim"
    __table_args__ = (UniqueConstraint("actor_kind", "actor_id", "mutation", "key"),)

    id: Mapped[Key]
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int]
    mutation: Mapped[str]
    key: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the normalised input without the key."""
    entity_id: Mapped[int | None]
    cursor: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
