"""How uptime is counted, in sentences for customers (models.uptime)."""

from functools import lru_cache

from models.uptime import DOWN_PERCENT
from models.words import ComponentStatus
from statuspage.language import language_of
from statuspage.read import BAR_DAYS


@lru_cache
def definition(language: str) -> tuple[str, ...]:
    """How uptime is counted."""
    say = language_of(language).say
    return (
        say(
            "Uptime is the share of time in the last %(days)d times 24 hours, or since the component exists.",
            days=BAR_DAYS,
        ),
        say(
            "Time in major outage counts as down in full, in partial outage by %(weight)d %%.",
            weight=DOWN_PERCENT[ComponentStatus.PARTIAL_OUTAGE],
        ),
        say("Degraded performance and maintenance do not count as down."),
        say(
            "It is counted to the microsecond, and cut to two decimals, not rounded:"
            " 100 %% means that no moment was lost."
        ),
    )
