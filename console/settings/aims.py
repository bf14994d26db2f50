"""Aims as people write them: `5 min`, `4 h`, `2 d`, `95 %`; in the action seconds, or a share of 1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from models.metrics.aims import AT_MOST
from models.metrics.definitions import definition
from models.words import MetricUnit

WRITTEN = re.compile(r"\s*(\d{1,6}(?:[.,]\d{1,3})?)\s*([a-z%]+)\s*", re.IGNORECASE)
UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "%": 0.01}
LENGTHS = ("d", "h", "min", "s")
NAMES = {key: f"{definition(key).name}, {'at most' if most else 'at least'}" for key, most in AT_MOST.items()}


@dataclass(frozen=True, slots=True)
class Aim:
    """An aim as it was written; `value` is no number where it can't be read, which the action refuses."""

    metric: str
    value: float


def read_aim(metric: str | None = None, value: str | None = None) -> Aim:
    """A row of the form. A share is a per cent, and nothing else is one."""
    found = WRITTEN.fullmatch(value or "")
    unit = found[2].lower() if found else ""
    share = metric in AT_MOST and definition(metric or "").unit is MetricUnit.SHARE
    if found is None or unit not in UNITS or (unit == "%") != share:
        return Aim(metric or "", nan)
    return Aim(metric or "", round(float(found[1].replace(",", ".")) * UNITS[unit], 6))


def written(aims: Mapping[str, float]) -> list[dict[str, str]]:
    """Aims as rows of the form, in the order in which metrics are listed."""
    return [{"metric": key, "value": _written(key, aims[key])} for key in AT_MOST if key in aims]


def _written(key: str, value: float) -> str:
    if definition(key).unit is MetricUnit.SHARE:
        return f"{value * 100:.10g} %"
    unit = next((each for each in LENGTHS if value % UNITS[each] == 0), "s")
    return f"{value / UNITS[unit]:.10g} {unit}"
