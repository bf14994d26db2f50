"""The words of the practice audit."""

from enum import StrEnum


class Verdict(StrEnum):
    """How an incident, or a time, stands against a check of the practice."""

    PASS = "PASS"  # noqa: S105 (a verdict, no password)
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Trend(StrEnum):
    """How a share has changed since the time before."""

    BETTER = "BETTER"
    SAME = "SAME"
    WORSE = "WORSE"
    UNKNOWN = "UNKNOWN"


class LimitUnit(StrEnum):
    """What the limit of a check counts."""

    MINUTES = "MINUTES"
    DAYS = "DAYS"
    TIMES = "TIMES"
