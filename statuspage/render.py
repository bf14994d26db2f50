"""From what was read to bytes: the pages in HTML. Pure, so that it can run in a thread."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from core.errors import DomainError
from statuspage import brand
from statuspage.archive import Sought
from statuspage.groups import groups_of
from statuspage.language import Language
from statuspage.read import Site
from statuspage.state import banner
from statuspage.static_files import STYLE
from statuspage.threads import by_day, by_month, in_a_line, in_full, planned, work_in_full
from statuspage.turning import after, turn
from statuspage.uptime_words import definition
from statuspage.words import Calendar, line

Render = Callable[[Site, datetime, bool], bytes]
"""A page of a site, as of a moment; False: what was read may be old, and the page has to say so."""


def rfc3339(moment: datetime) -> str:
    """A moment for machines, in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc822(moment: datetime) -> str:
    """A moment as RSS writes it: `Tue, 24 Nov 2026 03:00:00 GMT`."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


UNITS = re.compile(
    r"(?<=\d) (?=(?:d|h|min|Std|Min|Tage?|Uhr)\b)"  # 42 min
    r"|(?<=:\d\d) (?=[A-Z]{2})"  # 03:38 UTC
    r"|(?<=\d\.) (?=(?:Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)\b)"  # 28. Nov.
    r"|(?<=\d) (?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)"  # 28 Nov
)
"""The spaces between a number and its unit, a day and its month, and an hour and its zone."""


def units(text: str) -> str:
    """A text whose numbers don't leave their units or months, nor hours their zone, at the end of a line."""
    return UNITS.sub("\u00a0", text)


@lru_cache
def environment_of(language: Language) -> Environment:
    """The templates, as they speak one language."""
    made = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"rfc3339": rfc3339, "rfc822": rfc822, "units": units}
    made.policies["ext.i18n.trimmed"] = True
    translate: Any = made  # the extension adds methods
    translate.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)
    made.globals |= {"css": STYLE.path, "uptime_definition": definition(language.code)}
    made.globals |= {"lang": language.code, "told": language.told}
    macros: Any = made.get_template("part/macros.html").module
    made.globals["m"] = macros
    made.globals["past"] = lru_cache(maxsize=4096)(macros.past)
    made.globals["month"] = lru_cache(maxsize=128)(macros.month)
    for name in ("component.html", "entry.atom", "entry.rss"):
        made.globals[name.replace(".html", "").replace(".", "_")] = lru_cache(1024)(
            partial(_part, made, f"part/{name}")
        )
    return made


def _part(made: Environment, template: str, it: Any) -> Markup:
    """A part of a page that depends on nothing but `it`, which is frozen: it is rendered once and remembered."""
    return Markup(made.get_template(template).render(it=it))  # noqa: S704 (the template escapes)


def _page(template: str, site: Site, calendar: Calendar, *, confirmed: bool, **content: Any) -> bytes:
    """A template in the frame that all pages share."""
    common = {
        "name": line(site.name),
        "logo": brand.logo(site),
        "theme": brand.sheet(site),
        "icons": brand.icons(site),
        "support_url": _safe_link(site.support_url),
        "bare": False,
        "subscribable": not site.private,
        "zone": calendar.abbreviation(calendar.now),
        "checked_at": site.read_at,
        "checked": calendar.full(site.read_at),
        "unconfirmed": None if confirmed else banner(site, calendar, confirmed=False),
    }
    return environment_of(calendar.language).get_template(template).render(common | content).encode()


def _safe_link(url: str | None) -> str | None:
    """A link that leads to a page or a mail box, and runs nothing."""
    return url if url is not None and url.startswith(("https://", "http://", "mailto:")) else None


def home(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The status page."""
    calendar = Calendar(site.time_zone, now, site.language)
    return _page(
        "home.html",
        site,
        calendar,
        confirmed=confirmed,
        banner=banner(site, calendar, confirmed=confirmed),
        incidents=[in_full(thread, site, calendar) for thread in site.open_threads],
        groups=groups_of(site, calendar),
        days=by_day(site, calendar),
        works=planned(site, calendar),
    )


def incident(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The page of one incident: the site's only thread."""
    calendar = Calendar(site.time_zone, now, site.language)
    (thread,) = site.threads
    return _page("incident.html", site, calendar, confirmed=confirmed, incident=in_full(thread, site, calendar))


def maintenance(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The page of one maintenance: the site's only work."""
    calendar = Calendar(site.time_zone, now, site.language)
    (work,) = site.works
    return _page("maintenance.html", site, calendar, confirmed=confirmed, work=work_in_full(work, site, calendar))


def history(site: Site, now: datetime, confirmed: bool) -> bytes:
    """Incidents by month."""
    calendar = Calendar(site.time_zone, now, site.language)
    months = by_month(site, calendar)
    return _page(
        "history.html", site, calendar, confirmed=confirmed, months=months, turn=after(site, calendar, len(months))
    )


def archive(site: Site, now: datetime, confirmed: bool, sought: Sought) -> bytes:
    """One page of the history: of a month, or of what was found."""
    calendar = Calendar(site.time_zone, now, site.language)
    return _page(
        "archive.html",
        site,
        calendar,
        confirmed=confirmed,
        incidents=[in_a_line(thread, site, calendar) for thread in site.threads],
        works=[work_in_full(work, site, calendar) for work in site.past_works],
        turn=turn(site, calendar, sought),
    )


def embed(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:
    """How to show the state on other pages."""
    calendar = Calendar(site.time_zone, now, site.language)
    alt = escape(calendar.say("%(name)s status", name=line(site.name)))
    picture = f'<a href="{base_url}/"><img src="{base_url}/badge.svg" alt="{alt}" height="24"></a>'
    return _page("embed.html", site, calendar, confirmed=confirmed, picture=picture, base=base_url)


def refused(site: Site, now: datetime, error: DomainError) -> bytes:
    """What stands where a question can't be answered: why, and what to ask instead."""
    return _page("refused.html", site, Calendar(site.time_zone, now, site.language), confirmed=True, error=error)


def missing(site: Site, now: datetime, confirmed: bool) -> bytes:  # noqa: ARG001 (Render)
    """What stands where nothing is, and where nothing may be seen to be."""
    return _page("missing.html", site, Calendar(site.time_zone, now, site.language), confirmed=True)


def form(template: str, site: Site, now: datetime, **content: Any) -> bytes:
    """A page that somebody fills in, or the answer to it."""
    return _page(template, site, Calendar(site.time_zone, now, site.language), confirmed=True, **content)


def bare(template: str, now: datetime, language: str, **content: Any) -> bytes:
    """A page that tells nothing of a status page, not even whose it is."""
    calendar = Calendar("UTC", now, language)
    nothing = Site(calendar.say("Service"), "UTC", None, now, (), (), language=language)
    return _page(template, nothing, calendar, confirmed=True, bare=True, **content)


def unavailable(now: datetime, language: str = "en") -> bytes:
    """What stands where nothing could be read yet; `language`: the page's, if it was ever known."""
    calendar = Calendar("UTC", now, language)
    nothing = Site(calendar.say("Service"), "UTC", None, now, (), (), language=language)
    return _page("unavailable.html", nothing, calendar, confirmed=True)
