"""Documents of GraphQL that whoever runs this Muster trusts."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Key


class TrustedDocument(Base):
    """A document, known by the SHA-256 (hex) of its text in UTF-8."""

    __tablename__ = "trusted_document"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[Key]
    digest: Mapped[str]
    name: Mapped[str]
    """How it is called in metrics and logs, where no client chooses what stands."""
    body: Mapped[str]
    created_at: Mapped[datetime]
