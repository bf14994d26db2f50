"""Eras of the feed: from where on its places were given by this life of the database (ADR 0007)."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class FeedEra(Base):
    """Begun by `feed_enter_era` when a database is restored or promoted.

    No event lies between `after_id` and `first_id`. A place in between was given by a life of the database that is
    lost: who has it saw what is not part of the past any more.
    """

    __tablename__ = "feed_era"

    first_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The events of the era have this id or a higher one."""
    after_id: Mapped[int]
    """The newest event that there was when it began."""
    cluster: Mapped[str]
    """Which life of which database it began in: identifier, timeline, database, table."""
    began_at: Mapped[datetime]
