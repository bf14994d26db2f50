"""Markdown as customers see it: a small, safe part of HTML. What people wrote is stored as written (DESIGN §7)."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup

from statuspage.words import tidy

TAGS = {"a", "blockquote", "br", "code", "em", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
SCHEMES = {"http", "https", "mailto"}


def _flatten_headings(state: StateCore) -> None:
    """An update stands under a heading of level 3: all of its own are of level 4, so that levels stay in order."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"


def _only_absolute(tag: str, attribute: str, value: str) -> str | None:
    """Keep links that say where they lead; a relative one would lead somewhere on the page by accident."""
    is_link = tag == "a" and attribute == "href"
    return None if is_link and not value.startswith(("https://", "http://", "mailto:")) else value


_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
_parser.core.ruler.push("flatten_headings", _flatten_headings)


@lru_cache(maxsize=512)
def html_of(text: str) -> Markup:
    """The HTML of a Markdown text: HTML in it is shown as text, images are links, links carry nofollow."""
    cleaned = nh3.clean(
        _parser.render(tidy(text)),
        tags=TAGS,
        attributes={"a": {"href"}, "*": set()},
        attribute_filter=_only_absolute,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    return Markup(cleaned)  # noqa: S704 (nh3 has just cleaned it)
