"""`/console/alerts/fatigue`: which alerts and pages there were, and which led to action; each table also as CSV.

For those who administer it tells, if they ask, what dropping all that nobody acts on would have spared.
"""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from actions.archived import alert_days_from
from console.board.figure import Key
from console.desk import Desk
from console.download import CSV_TYPE, as_csv, headers_for
from console.fields import asked
from console.lists.fatigue_chart import chart_of
from console.lists.fatigue_dropping import dropping, useless_of
from console.settings.areas import area_of
from core.errors import invalid, not_found
from resolvers.fatigue import Fatigue, alert_fatigue
from resolvers.routing import MOST_DAYS

PATH = "/console/alerts/fatigue"
PERIODS = {"7": "7 days", "28": "28 days", "90": "90 days", "365": "A year"}
USUAL = "28"
ESTIMATE = "estimate"
TABLES: dict[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "rules": (
        "By rule of a monitor",
        ("Rule", "Monitor", "Alerts", "At night", "Led to action", "Noise", "Pages", "Pages at night"),
        ("rule", "source", "alerts", "at_night", "acted", "noise", "pages", "pages_at_night"),
    ),
    "services": (
        "By service",
        ("Service", "Alerts", "At night", "Led to action", "Pages", "Pages at night"),
        ("service", "alerts", "at_night", "acted", "pages", "pages_at_night"),
    ),
    "people": (
        "By person",
        ("Person", "Time zone", "Pages", "At night", "Acknowledged"),
        ("name", "time_zone", "pages", "at_night", "acknowledged"),
    ),
    "pagers": (
        "By vendors' pagers",
        ("Pager", "Pages", "At night"),
        ("pager", "pages", "at_night"),
    ),
}
"""Of each table: its caption, its head, and the fields of its lines."""
NOBODY = {"service": "No service"}


async def show(desk: Desk) -> Response:
    """The report of the last days."""
    found, days = await _read(desk)
    useless = useless_of(found) if desk.may("administer") else []
    wanted = useless and asked(desk.request).flag(ESTIMATE)
    dropped = await dropping(desk, useless, min(int(days), MOST_DAYS)) if wanted else None
    return await desk.page(
        "lists/fatigue.html",
        found=found,
        days=days,
        cut=(found.last_day - found.first_day).days + 1 < int(days),
        periods=[(key, words, f"{PATH}?days={key}") for key, words in PERIODS.items()],
        tables=[(key, caption, head, _lines(found, key)) for key, (caption, head, _) in TABLES.items()],
        chart=chart_of(found),
        keys=[Key("led to action", "c-useful"), Key("led to none", "c-noise")],
        path=PATH,
        useless=useless,
        dropped=dropped,
        trying=f"{area_of('routing').path}/try",
    )


async def table(desk: Desk) -> Response:
    """One of its tables as CSV. NOT_FOUND for one that there is none of."""
    key = desk.request.path_params["table"]
    if key not in TABLES:
        raise not_found("table", "table", key)
    found, days = await _read(desk)
    _, head, _ = TABLES[key]
    name = f"muster-fatigue-{key}-{days}.csv"
    return Response(as_csv([head, *_lines(found, key)]), headers=headers_for(name, CSV_TYPE))


async def _read(desk: Desk) -> tuple[Fatigue, str]:
    days = asked(desk.request).optional("days") or USUAL
    if days not in PERIODS:
        raise invalid("days", f"{days[:40]!r} is not one of the choices.", f"Choose {', '.join(PERIODS)}.")
    zone = (await desk.times()).zone
    last = desk.now.astimezone(zone).date()
    first = last - timedelta(days=int(days) - 1)
    whole = await alert_days_from(desk.ctx.reader, zone)
    if whole is not None:
        first = min(max(first, whole), last)
    return await alert_fatigue(desk.ctx, first_day=first, last_day=last, time_zone=zone.key), days


def _lines(found: Fatigue, key: str) -> list[list[object]]:
    _, _, fields = TABLES[key]
    return [
        [value if (value := getattr(line, field)) is not None else NOBODY.get(field, "") for field in fields]
        for line in getattr(found, key)
    ]
