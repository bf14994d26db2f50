"""From what was read to bytes: the pages in HTML. Pure, so that it can run in a thread."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from statuspage.groups import groups_of
from statuspage.read import Site
from statuspage.state import banner
from statuspage.static_files import FAVICON, STYLE
from statuspage.threads import by_day, by_month, in_full
from statuspage.words import Calendar, line

Render = Callable[[Site, datetime, bool], bytes]
"""A page of a site, as of a moment; False: what was read may be old, and the page has to say so."""


def rfc3339(moment: datetime) -> str:
    """A moment for machines, in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def units(text: str) -> str:
    """A text whose numbers don't leave their units at the end of a line."""
    return re.sub(r"(?<=\d) (?=(?:d|h|min)\b)", "\u00a0", text)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"rfc3339": rfc3339, "units": units}
    made.globals |= {"css": STYLE.path, "favicon": FAVICON.path}
    made.globals["m"] = made.get_template("part/macros.html").module
    return made


environment = _environment()


def _page(template: str, site: Site, calendar: Calendar, *, confirmed: bool, **content: Any) -> bytes:
    """A template in the frame that all pages share."""
    common = {
        "name": line(site.name),
        "support_url": _safe_link(site.support_url),
        "zone": calendar.abbreviation(calendar.now),
        "checked_at": site.read_at,
        "checked": calendar.full(site.read_at),
        "unconfirmed": None if confirmed else banner(site, calendar, confirmed=False),
    }
    return environment.get_template(template).render(common | content).encode()


def _safe_link(url: str | None) -> str | None:
    """A link that leads to a page or a mail box, and runs nothing."""
    return url if url is not None and url.startswith(("https://", "http://", "mailto:")) else None


def home(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The status page."""
    calendar = Calendar(site.time_zone, now)
    return _page(
        "home.html",
        site,
        calendar,
        confirmed=confirmed,
        banner=banner(site, calendar, confirmed=confirmed),
        incidents=[in_full(thread, site, calendar) for thread in site.open_threads],
        groups=groups_of(site, calendar),
        days=by_day(site, calendar),
    )


def incident(site: Site, now: datetime, confirmed: bool) -> bytes:
    """The page of one incident: the site's only thread."""
    calendar = Calendar(site.time_zone, now)
    (thread,) = site.threads
    return _page("incident.html", site, calendar, confirmed=confirmed, incident=in_full(thread, site, calendar))


def history(site: Site, now: datetime, confirmed: bool) -> bytes:
    """Incidents by month."""
    calendar = Calendar(site.time_zone, now)
    return _page("history.html", site, calendar, confirmed=confirmed, months=by_month(site, calendar))


def missing(site: Site, now: datetime, confirmed: bool) -> bytes:  # noqa: ARG001 (Render)
    """What stands where nothing is, and where nothing may be seen to be."""
    return _page("missing.html", site, Calendar(site.time_zone, now), confirmed=True)


def unavailable(now: datetime) -> bytes:
    """What stands where nothing could be read yet."""
    nothing = Site("Service", "UTC", None, now, (), ())
    return _page("unavailable.html", nothing, Calendar("UTC", now), confirmed=True)
