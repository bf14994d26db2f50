"""The logo and colour of a page, each at an address that names what is in it.

The page takes no style from its own text (CSP), so the colour comes as a small style sheet behind ours. A colour is
checked when it is chosen (models.contrast); the colours of states say what they mean, and stay.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.db import Reader
from models.contrast import DARK_ACCENT, LIGHT_ACCENT, on
from models.logo import LogoTheme, logo_path
from statuspage.answer import SVG
from statuspage.frame import read_logos
from statuspage.language import Language, language_of
from statuspage.read import Site
from statuspage.static_files import FAVICON

CSS = "text/css; charset=utf-8"
HIGH, WIDE = 32, 240
"""Pixels: how high a logo stands in the head, and how wide it may be."""

ADDRESS = re.compile(r"/logo-[0-9a-f]{24}\.(?:png|svg)|/theme-[0-9a-f]{12}\.css")
"""Where a logo or a style sheet can stand."""
DRAWN = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""Of an SVG that somebody opens by itself: it may draw, and nothing else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The style sheet of a colour."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A logo as the page has it. `dark`: where the one for dark paper stands; None: the same, on a light ground."""

    light: str
    dark: str | None
    width: int
    height: int
    only: LogoTheme | None


@dataclass(frozen=True, slots=True)
class Icon:
    """A picture for tabs and bookmarks. `media`: in which theme of the browser; None: in all."""

    path: str
    media_type: str
    media: str | None


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A logo as it is sent."""

    content: bytes
    media_type: str

    @property
    def extra(self) -> Mapping[str, str] | None:
        """Header fields of its own."""
        return DRAWN if self.media_type == SVG else None


@dataclass(frozen=True, slots=True)
class Look:
    """How mails look and speak. `logo`: a PNG, for most mail programs show no SVG."""

    language: Language
    accent: str
    accent_dark: str
    on_accent: str
    on_accent_dark: str
    logo: Shown | None


def look(site: Site) -> Look:
    """The look of a site."""
    light, dark = accents(site)
    drawn = logo(replace(site, marks=tuple(mark for mark in site.marks if mark.media_type != SVG)))
    usable = drawn if drawn is not None and drawn.only is not LogoTheme.DARK else None
    return Look(language_of(site.language), light, dark, on(light), on(dark), usable)


def accents(site: Site) -> tuple[str, str]:
    """The colour of links on light and on dark paper."""
    return site.accent_light or LIGHT_ACCENT, site.accent_dark or DARK_ACCENT


def sheet(site: Site) -> Sheet | None:
    """The style sheet of a site's colour; None where it is ours."""
    if site.accent_light is None and site.accent_dark is None:
        return None
    light, dark = accents(site)
    written = (
        f":root{{--accent:{light};--on-accent:{on(light)}}}\n"
        "@supports (color:light-dark(#000,#fff)){"
        f":root{{--accent:light-dark({light},{dark});--on-accent:light-dark({on(light)},{on(dark)})}}}}\n"
    ).encode()
    return Sheet(f"/theme-{hashlib.sha256(written).hexdigest()[:12]}.css", written)


def logo(site: Site) -> Shown | None:
    """The logo in the head of a page."""
    marks = {mark.theme: mark for mark in site.marks}
    first = marks.get(LogoTheme.LIGHT) or marks.get(LogoTheme.DARK)
    if first is None:
        return None
    width = first.width * HIGH / first.height
    scale = min(1.0, WIDE / width)
    dark = marks.get(LogoTheme.DARK)
    return Shown(
        light=logo_path(first.digest, first.media_type),
        dark=logo_path(dark.digest, dark.media_type) if dark is not None and len(marks) > 1 else None,
        width=max(round(width * scale), 1),
        height=max(round(HIGH * scale), 1),
        only=first.theme if len(marks) == 1 else None,
    )


def icons(site: Site) -> tuple[Icon, ...]:
    """What stands for the page in tabs: the logos, that for light paper first; ours where there is none."""
    marks = sorted(site.marks, key=lambda mark: mark.theme is not LogoTheme.LIGHT)
    found = [
        Icon(
            logo_path(mark.digest, mark.media_type),
            mark.media_type,
            f"(prefers-color-scheme:{mark.theme.value.lower()})" if len(marks) > 1 else None,
        )
        for mark in marks
    ]
    return tuple(found) or (Icon(FAVICON.path, FAVICON.media_type, None),)


def logo_paths(site: Site) -> frozenset[str]:
    """Where the logos of a site stand."""
    return frozenset(logo_path(mark.digest, mark.media_type) for mark in site.marks)


async def logo_files(reader: Reader) -> dict[str, LogoFile]:
    """The logos of the page that a snapshot is read for, by address: two at most."""
    rows = await read_logos(reader, "digest", "media_type", "content")
    return {logo_path(row.digest, row.media_type): LogoFile(row.content, row.media_type) for row in rows}
