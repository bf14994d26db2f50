"""The first set-up: what an admin said they don't need of it. All else of its state follows from what there is."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SetupSkip(Base):
    """A step of the set-up that was passed over, or looked at and found right; `all`: the notice is to go."""

    __tablename__ = "setup_skip"

    step: Mapped[str] = mapped_column(primary_key=True)
    skipped_at: Mapped[datetime]
