"""What the organisation made of the checks of its practice, as it stands; the events tell how it came to that."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key


class PracticeTuning(Base):
    """One check that was tuned or switched off. `version` counts how often."""

    __tablename__ = "practice_tuning"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=0)
    enabled: Mapped[bool] = mapped_column(default=True)
    limit_value: Mapped[int | None]
    target: Mapped[float | None]
    tuned_at: Mapped[datetime]
