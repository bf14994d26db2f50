"""Free days of a schedule: a country's public holidays, as the library `holidays` knows them, and days of one's own."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import cast

YEARS = range(1990, 2201)
"""As far as calendars are worked out; schedules begin in 2000."""


def countries() -> dict[str, list[str]]:
    """The countries (ISO 3166-1, two letters) whose public holidays are known, with their parts."""
    from holidays import list_supported_countries  # noqa: PLC0415 (takes 0.1 s, and few need it)

    return list_supported_countries(include_aliases=False)


@lru_cache(maxsize=64)
def public_holidays(country: str, part: str | None) -> Mapping[date, str]:
    """A country's public holidays, or those of a part of it, by date: worked out year by year, as they are asked for.

    NotImplementedError for a country or a part that is not known.
    """
    from holidays import country_holidays  # noqa: PLC0415 (as above)

    return cast("Mapping[date, str]", country_holidays(country, subdiv=part, language="en_US"))
