"""The state as a small picture for other pages, and as a fragment of HTML. Neither runs a script or frames anything."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from statuspage.language import N_
from statuspage.read import Site
from statuspage.render import environment_of
from statuspage.state import banner
from statuspage.words import Calendar, line

WORDS = {
    "OPERATIONAL": N_("operational"),
    "UNDER_MAINTENANCE": N_("maintenance"),
    "DEGRADED_PERFORMANCE": N_("degraded"),
    "PARTIAL_OUTAGE": N_("partial outage"),
    "MAJOR_OUTAGE": N_("major outage"),
    "UNKNOWN": N_("unknown"),
}

COLOURS = {
    "operational": ("#18704a", "#63c995"),
    "maintenance": ("#3a5d79", "#8fb8d9"),
    "degraded": ("#855800", "#e3b341"),
    "partial": ("#a34208", "#f59a5b"),
    "major": ("#ae1a2a", "#ff8d8d"),
    "unknown": ("#66645d", "#a19e95"),
}
"""On light and on dark paper, as on the page (looks: tokens)."""


def _style() -> str:
    """The style sheet of the picture. It never changes, so that the policy can name it by its hash."""
    light = "".join(f".{shape}{{stroke:{pair[0]}}}" for shape, pair in COLOURS.items())
    dark = "".join(f".{shape}{{stroke:{pair[1]}}}" for shape, pair in COLOURS.items())
    return (
        ".paper{fill:#fffefb;stroke:#827e6d}.ink{fill:#1a1b20;stroke:none}.strong{font-weight:700}"
        ".text{font:12px DejaVu Sans,Verdana,system-ui,sans-serif;fill:none;stroke-width:2.4;stroke-linecap:round;"
        f"stroke-linejoin:round}}{light}"
        f"@media (prefers-color-scheme:dark){{.paper{{fill:#171a21;stroke:#767d8c}}.ink{{fill:#eae8e2}}{dark}}}"
    )


STYLE = _style()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The picture brings its own style; nothing else may be in it."""

NARROW, USUAL, WIDE = 3.6, 6.6, 10.4
WIDTHS = {**dict.fromkeys("fijlrtI.,:;'!|()[]-/ ", NARROW), **dict.fromkeys("mwMW@%", WIDE)}
"""How wide letters are at 12 px in DejaVu Sans and Verdana, the widest of the usual fonts; never too narrow. Letters of
scripts that fill a square are taken as wide."""

SQUARE = 0x1100
"""The first character of scripts whose letters fill a square (Hangul, Chinese, Japanese) or may (UAX #11)."""

BOLD = 1.12
"""So much wider are bold letters."""

MOST_LETTERS = 40
PADDING, GLYPH = 8, 20


@dataclass(frozen=True, slots=True)
class Badge:
    """What the picture shows, in pixels. `textLength` holds each text within its box whatever the font."""

    name: str
    words: str
    shape: str
    name_width: float
    words_width: float

    @property
    def width(self) -> float:
        """The width of the whole."""
        return round(self.words_at + self.words_width + PADDING, 1)

    @property
    def words_at(self) -> float:
        """Where the words of the state begin."""
        return round(self.box_at + GLYPH + PADDING / 2, 1)

    @property
    def box_at(self) -> float:
        """Where the box of the state begins."""
        return round(self.name_width + 2 * PADDING, 1)


def text_width(text: str) -> float:
    """How wide a text is at 12 px, in pixels."""
    return round(sum(WIDTHS.get(c, WIDE if ord(c) >= SQUARE else _width(c)) for c in text), 1)


def _width(character: str) -> float:
    return USUAL + (1.4 if character.isupper() or character.isdigit() else 0.6)


def badge(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The picture: the organisation's name, and the state as shape, word and colour."""
    calendar = Calendar(site.time_zone, now, site.language)
    told = banner(site, calendar, confirmed=confirmed)
    name, words = _short(line(site.name)), calendar.say(WORDS[told.state])
    made = Badge(name, words, told.shape, text_width(name), round(BOLD * text_width(words), 1))
    picture = environment_of(calendar.language).get_template("badge.svg")
    return picture.render(it=made, sentence=told.sentence, style=Markup(STYLE)).encode()  # noqa: S704 (ours)


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1].rstrip()}…"


def fragment(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:
    """The state in one paragraph, for a page that takes it in on its own server (SSI, ESI, a template)."""
    calendar = Calendar(site.time_zone, now, site.language)
    told = banner(site, calendar, confirmed=confirmed)
    page = environment_of(calendar.language).get_template("fragment.html")
    return page.render(told=told, words=calendar.say(WORDS[told.state]), name=line(site.name), base=base_url).encode()
