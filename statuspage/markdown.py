"""Markdown as customers see it: a small, safe part of HTML. What people wrote is stored as written (DESIGN §7)."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from statuspage.words import tidy

TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
SCHEMES = {"http", "https", "mailto"}
ABSOLUTE = ("https://", "http://", "mailto:")


def _flatten_headings(state: StateCore) -> None:
    """All headings of a text are of one level: the one below the heading that the text stands under."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = state.env["heading"]


def _unlink_relative(state: StateCore) -> None:
    """Only links that say where they lead stay; of a relative one, which leads somewhere by accident, its words do."""
    for block in state.tokens:
        kept: list[Token] = []
        dropping = False
        for token in block.children or ():
            if token.type == "link_open":
                dropping = not str(token.attrs.get("href", "")).startswith(ABSOLUTE)
            if not (dropping and token.type in ("link_open", "link_close")):
                kept.append(token)
        block.children = kept if block.children else block.children


_parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
_parser.core.ruler.push("flatten_headings", _flatten_headings)
_parser.core.ruler.push("unlink_relative", _unlink_relative)


@lru_cache(maxsize=512)
def html_of(text: str, heading: str = "h4") -> Markup:
    """The HTML of a Markdown text: HTML in it is shown as text, images are links, links carry nofollow.

    `heading`: what its headings become: h4 below an update's h3 on the status page, h2 below the h1 of a mail.
    """
    cleaned = nh3.clean(
        _parser.render(tidy(text), {"heading": heading}),
        tags=TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    return Markup(cleaned)  # noqa: S704 (nh3 has just cleaned it)
