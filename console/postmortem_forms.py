"""The forms in which a postmortem leaves the house as text: Markdown, HTML, JSON."""

from typing import Any

import nh3
import orjson
from markdown_it import MarkdownIt
from markupsafe import Markup

from actions.postmortems.exported import Exported
from actions.postmortems.markup import REPLACEMENT, paragraph, visible
from console.pages import pages

_markdown = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
OVERRIDES = dict.fromkeys(map(ord, "\u202d\u202e"), REPLACEMENT)
"""Characters that turn letters around, so that a text reads as another one; Arabic and Hebrew need none of them."""
TAGS = {"a", "p", "ul", "ol", "li", "em", "strong", "del", "s", "code", "pre", "blockquote", "br", "hr", "h3", "h4"}
TAGS |= {"h1", "h2", "h5", "h6"}


def as_markdown(found: Exported) -> bytes:
    """The document in Markdown, under its title."""
    return f"# {paragraph(found.title)}\n\n{found.markdown}".encode("utf-8", "replace")


def as_html(found: Exported) -> bytes:
    """The document as one page that needs nothing else: no script, no picture from elsewhere."""
    sections = [
        {"key": each.key, "title": each.title, "body": html_of(each.markdown), "written": each.edited is not None}
        for each in found.sections
    ]
    curves = [Markup(curve.svg) for curve in found.curves]  # noqa: S704 (drawn by us, texts escaped)
    page = pages.get_template("postmortem.html").render(
        found=found, title=visible(found.title), sections=sections, curves=curves
    )
    return page.encode("utf-8", "replace")


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
                "edited": section.edited is not None,
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
