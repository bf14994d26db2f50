"""Aims: what an organisation wants of its metrics, as a bound of each week or month."""

from collections.abc import Mapping

from models.words import MetricUnit

AT_MOST: Mapping[str, bool] = {
    "mtta": True,
    "mttd": True,
    "mttm": True,
    "mttr": True,
    "promises_kept": False,
    "action_items_in_time": False,
    "reopen_rate": True,
}
"""The metrics that can have an aim, and whether that is the most that is wanted; else it is the least."""
LONGEST = 366 * 86_400.0
"""Seconds: no aim for a length of time is longer."""


def fits(unit: MetricUnit, value: float) -> bool:
    """Whether a value can be an aim for a metric of this unit: seconds, or a share from 0 to 1."""
    return 0 < value <= (1 if unit is MetricUnit.SHARE else LONGEST)


def keeps(metric: str, value: float, aim: float) -> bool:
    """Whether a value is as it is wanted."""
    return value <= aim if AT_MOST[metric] else value >= aim
