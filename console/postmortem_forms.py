"""The forms in which a postmortem leaves the house as text: Markdown, HTML, JSON."""

from typing import Any

import nh3
import orjson
from markdown_it import MarkdownIt
from markupsafe import Markup

from actions.postmortems.exported import Exported, Part
from actions.postmortems.markup import REPLACEMENT, paragraph, visible
from console.pages import pages
from console.postmortem_sources import TIMELINE, footnotes, in_html, in_markdown, marked, places
from models.facts.base import calendar_day
from models.words import PostmortemStatus

_markdown = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
OVERRIDES = dict.fromkeys(map(ord, "\u202d\u202e"), REPLACEMENT)
"""Characters that turn letters around, so that a text reads as another one; Arabic and Hebrew need none of them."""
TAGS = {"a", "p", "ul", "ol", "li", "em", "strong", "del", "s", "code", "pre", "blockquote", "br", "hr", "h3", "h4"}
TAGS |= {"h1", "h2", "h5", "h6"}


def as_markdown(found: Exported) -> bytes:
    """The document in Markdown, under its title."""
    notes = "\n".join(footnotes(found))
    written = "\n\n".join(f"## {part.title}\n\n{_with_footnotes(found, part)}".rstrip() for part in found.sections)
    document = f"# {paragraph(found.title)}\n\n{written}\n" + (f"\n{notes}\n" if notes else "")
    return document.encode("utf-8", "replace")


def _with_footnotes(found: Exported, part: Part) -> str:
    """A section whose statements have footnotes; the timeline needs none."""
    if part.key == TIMELINE:
        return part.markdown
    ready = marked(found, part)
    return ready.with_marks(ready.markdown, in_markdown)


def as_html(found: Exported) -> bytes:
    """The document as one page that needs nothing else: no script, no picture from elsewhere."""
    where = places(found)
    sections = [
        {"key": each.key, "title": each.title, "body": _body(found, each, where), "written": each.edited}
        for each in found.sections
    ]
    curves = [Markup(curve.svg) for curve in found.curves]  # noqa: S704 (drawn by us, texts escaped)
    page = pages.get_template("postmortem.html").render(
        found=found, standing=_standing(found), title=visible(found.title), sections=sections, curves=curves
    )
    return page.encode("utf-8", "replace")


def _body(found: Exported, part: Part, where: dict[int, str]) -> Markup:
    """The HTML of a section, with the numbers of its sources."""
    ready = marked(found, part)
    told = ready.with_marks(str(html_of(ready.markdown)), in_html(part.key, where))
    return Markup(told)  # noqa: S704 (nh3 has cleaned the text, and what is put into it is escaped)


def html_of(text: str) -> Markup:
    """The HTML of a section: HTML in it is shown as text, links lead on and load nothing."""
    cleaned = nh3.clean(
        _markdown.render(text.translate(OVERRIDES)),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )
    return Markup(cleaned)  # noqa: S704 (nh3 has just cleaned it)


def _standing(found: Exported) -> str:
    """How far it is, in words."""
    row = found.postmortem
    if row.status is PostmortemStatus.PUBLISHED and row.published_at is not None:
        return f"Published on {calendar_day(row.published_at.date())}, version {row.version}."
    return f"{row.status.replace('_', ' ').capitalize()}, version {row.version}."


def as_json(found: Exported) -> bytes:
    """The document as data, every statement with the events that it rests on."""
    incident, row = found.incident, found.postmortem
    document: dict[str, Any] = {
        "incident": {
            "reference": incident.reference,
            "title": incident.title,
            "kind": incident.kind,
            "visibility": incident.visibility,
            "impactStartedAt": incident.impact_started_at,
            "detectedAt": incident.detected_at,
            "acknowledgedAt": incident.acknowledged_at,
            "declaredAt": incident.declared_at,
            "mitigatedAt": incident.mitigated_at,
            "resolvedAt": incident.resolved_at,
        },
        "status": row.status,
        "version": row.version,
        "dueAt": row.due_at,
        "publishedAt": row.published_at,
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "markdown": section.markdown,
                "version": section.version,
                "edited": section.edited,
                "statements": [_statement(each) for each in found.statements if each.section == section.key],
            }
            for section in found.sections
        ],
        "metrics": [_curve(curve) for curve in found.curves],
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)


def _statement(each: Any) -> dict[str, Any]:
    sources = [{"number": s.number, "kind": s.kind, "occurredAt": s.occurred_at} for s in each.sources]
    return {"text": each.text, "generated": each.generated, "sourceCount": each.source_count, "sources": sources}


def _curve(curve: Any) -> dict[str, Any]:
    row = curve.snapshot
    return {
        "name": curve.name,
        "query": row.query,
        "unit": row.unit,
        "startsAt": row.starts_at,
        "endsAt": row.ends_at,
        "stepSeconds": row.step_seconds,
        "series": row.series,
        "leftOut": row.left_out,
        "error": row.error,
    }
