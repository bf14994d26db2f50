"""Mails out of templates: jobs/templates/mail/<template>/{subject.txt, body.txt, body.html}, of equal content."""

import textwrap
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from integrations.mail import Letter
from jobs.scene import Scene
from models.delivery import Delivery
from models.facts.base import calendar_day
from statuspage.language import ENGLISH, Language
from statuspage.markdown import html_of
from statuspage.words import line, tidy

TEMPLATES = Path(__file__).parent / "templates" / "mail"
COLUMNS = 72
SUBJECT_CHARACTERS = 200


def utc(moment: datetime) -> str:
    """`03:38 UTC, Tue 24 Nov 2026`."""
    when = moment.astimezone(UTC)
    return f"{when:%H:%M} UTC, {when:%a} {when.day} {when:%b %Y}"


def wrapped(text: str) -> str:
    """A paragraph in lines of at most 72 columns; addresses stay whole."""
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)


@lru_cache
def environment_of(language: Language) -> Environment:
    """The templates, as they speak one language. Mails to people of the organisation are in English."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    translate: Any = made  # the extension adds methods
    translate.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)
    made.globals["lang"] = language.code
    made.filters |= {
        "utc": utc,
        "day": calendar_day,
        "line": line,
        "tidy": tidy,
        "wrapped": wrapped,
        "markdown": partial(html_of, heading="h2"),
        "markdown_below": partial(html_of, heading="h3"),
    }
    return made


environment = environment_of(ENGLISH)


def compose(delivery: Delivery, scene: Scene, base_url: str, moment: datetime) -> Letter:
    """The mail of a row of the ledger. Its Message-ID depends on the row alone: a resend is known as the same mail."""
    return written(delivery.template, delivery.to, f"{scene.reference.lower()}.{delivery.id}", scene, base_url, moment)


def written(folder: str, to: str, key: str, scene: Scene, base_url: str, moment: datetime) -> Letter:
    """A mail out of a folder of templates; `key`: what makes its Message-ID, and is the same for each resend."""
    host = domain_of(base_url)
    organisation = line(scene.organisation)
    return Letter(
        to=to,
        subject=line(_render(f"{folder}/subject.txt", scene))[:SUBJECT_CHARACTERS],
        text=blank_lines_merged(_render(f"{folder}/body.txt", scene)),
        html=_render(f"{folder}/body.html", scene),
        id=f"<{key}@{host}>",
        thread=f"<{scene.reference.lower()}@{host}>",
        list_id=f"{''.join(c for c in organisation if (c.isascii() and c.isalnum()) or c == ' ')} <incidents.{host}>",
        moment=moment,
    )


def domain_of(base_url: str) -> str:
    """The host of every link, for ids and lists. A bare IP address is no domain."""
    host = urlsplit(base_url).hostname or "localhost"
    return "muster.localhost" if ":" in host or host.replace(".", "").isdigit() else host


def _render(name: str, scene: Scene) -> str:
    return environment.get_template(name).render(scene=scene)


def blank_lines_merged(text: str) -> str:
    """The text with at most one blank line in a row: blocks that are left empty leave no holes."""
    kept: list[str] = []
    for row in (row.rstrip() for row in text.strip().splitlines()):
        if row or (kept and kept[-1]):
            kept.append(row)
    return "\n".join(kept) + "\n"
