"""How one browser wants to be shown things: time zone and theme, kept in a cookie that holds nothing else."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from auth.cookies import read_cookie, set_cookie
from core.settings import Settings
from core.zones import known_zone

LOOK = "muster_look"
YEAR = 365 * 24 * 3600
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen; None: as the organisation, or the system, has it."""

    zone: str | None = None
    theme: str | None = None
    keys: bool = True
    """Whether single keys do something (WCAG 2.1.4: they can be turned off)."""


def read_look(settings: Settings, request: Request) -> Look:
    """What the browser's cookie says; anything in it that is not known counts as not chosen."""
    given = dict(parse_qsl((read_cookie(settings, request.cookies, LOOK) or "")[:200], max_num_fields=10))
    zone, theme = given.get("zone"), given.get("theme")
    return Look(
        zone if zone and known_zone(zone) else None, theme if theme in THEMES else None, given.get("keys") != "off"
    )


def keep_look(settings: Settings, response: Response, look: Look) -> None:
    """Have the browser remember it for a year."""
    chosen = {"zone": look.zone, "theme": look.theme, "keys": None if look.keys else "off"}
    content = urlencode({name: value for name, value in chosen.items() if value})
    set_cookie(settings, response, LOOK, content, seconds=YEAR)
