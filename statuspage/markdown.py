"""Markdown as customers see it: a small, safe part of HTML. What people wrote is stored as written (DESIGN §7)."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from statuspage.words import tidy

TAGS = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
SCHEMES = {"http", "https", "mailto"}
BOX = '<div class="wide" role="group" aria-label="Table" tabindex="0">'
"""Around a table, so that a wide one scrolls within itself; with the keyboard, too."""
BARE = "bare"
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


def _mark_bare(state: StateCore) -> None:
    """Links whose words are their address get a class: on paper, others are followed by theirs."""
    for block in state.tokens:
        for token in block.children or ():
            if token.type == "link_open" and token.markup == "autolink" and str(token.attrs["href"]).startswith("http"):
                token.attrSet("class", BARE)


TABLE_CELLS = 2000
"""A table of more is shown as the text that it was written in: rows are filled up to the width of the head."""


def _bound_tables(source: str) -> bool:
    """Whether no table in a text can have more cells than are shown. Counts as if every line were a row of one table.

    A column takes a pipe in the line of dashes; so a few kilobytes would otherwise become 65,000 cells.
    """
    lines = source.count("\n") + 1
    columns = max(
        (row.count("|") + 1 for row in source.split("\n") if "-" in row and _DASHES.issuperset(row)), default=0
    )
    return columns * lines <= TABLE_CELLS


_DASHES = frozenset(" \t>|:*+-.)0123456789")
"""What the line of dashes below a table's head can have in it, within quotes and lists, too."""

_parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"]).disable("image")
_plain = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
for _each in (_parser, _plain):
    _each.core.ruler.push("flatten_headings", _flatten_headings)
    _each.core.ruler.push("unlink_relative", _unlink_relative)
    _each.core.ruler.push("mark_bare", _mark_bare)


@lru_cache(maxsize=512)
def html_of(text: str, heading: str = "h4") -> Markup:
    """The HTML of a Markdown text: HTML in it is shown as text, images are links, links carry nofollow.

    `heading`: what its headings become: h4 below an update's h3 on the status page, h3 below a section's h2, h2 below
    the h1 of a mail.
    """
    source = tidy(text)
    parser = _parser if _bound_tables(source) else _plain
    cleaned = nh3.clean(
        parser.render(source, {"heading": heading}),
        tags=TAGS,
        attributes={"a": {"href"}, "*": set()},
        allowed_classes={"a": {BARE}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    # The cleaned text has such tags only where a table begins and ends.
    boxed = cleaned.replace("<table>", f"{BOX}<table>").replace("</table>", "</table></div>")
    return Markup(boxed)  # noqa: S704 (nh3 has just cleaned it)
