"""On-call schedules as `muster apply` knows them: people by address, layers as the API has them."""

from collections.abc import Callable
from typing import Any

from server.remote.desired.kinds import ARCHIVED, TEXT, Field, Kind, Values

LAYERS = (
    "current { layers { name participants { email } kind length start end handOver weekday day"
    " windows { start end days untilDay } holidays } }"
)


def _current(name: str, read: Callable[[Any], Any] = lambda value: value) -> Callable[[Any], Any]:
    return lambda current: read(current[name]) if current is not None else None


def _layers(layers: list[Values]) -> list[Values]:
    return [
        {
            **layer,
            "participants": [person["email"] for person in layer["participants"]],
            "windows": [{**each, "days": each["days"] or None} for each in layer["windows"]] or None,
        }
        for layer in layers
    ]


SCHEDULE = Kind(
    *("Schedule", "name", "schedules", "saveSchedule", "schedule"),
    {
        "name": TEXT["name"],
        "team": Field("team { slug }", read=lambda team: None if team is None else team["slug"], refers="Team"),
        "zone": Field("current { zone }", read=_current("zone")),
        "layers": Field(LAYERS, list, _current("layers", _layers)),
        "country": Field("current { country }", read=_current("country")),
        "part": Field("current { part }", read=_current("part")),
        "free_days": Field("current { freeDays { day name } }", list, _current("freeDays")),
        "archived": ARCHIVED,
    },
    version="version",
    single="schedule",
    defaults={"length": 1, "hand_over": "09:00", "holidays": "ALSO"},
)
