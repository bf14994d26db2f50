"""The words of schedules."""

from enum import StrEnum


class RotationKind(StrEnum):
    """How long a turn in a schedule's layer lasts, times its length."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class HolidayRule(StrEnum):
    """What a schedule's layer does on holidays: it counts then, too; it does not; or it counts then alone."""

    ALSO = "ALSO"
    NOT = "NOT"
    ONLY = "ONLY"
