"""The checks of a runbook: the items of its task lists (GitHub Flavored Markdown, "Task list items")."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from actions import check
from core.errors import invalid

MOST = 50
"""Checks of a runbook: a longer list is several runbooks."""

_BOX = re.compile(r"\[ \]\s+(?=\S)")
_markdown = MarkdownIt("commonmark")


def checks_of(body: str) -> list[str]:
    """The open checks (`- [ ] …`) of a Markdown text in their order, without their marks of emphasis and links.

    INVALID_INPUT (`body`, with the line) for one of more than 200 characters, and for more than 50.
    """
    found = [(_words(token), line) for token, line in _items(body)]
    for words, line in found:
        if len(words) > check.TITLE:
            raise invalid(
                "body",
                f"The check in line {line} has {len(words)} characters.",
                f"It becomes a task: say it in at most {check.TITLE}, and explain below it.",
            )
    if len(found) > MOST:
        raise invalid("body", f"There are {len(found)} checks.", f"Keep to {MOST}, or make several runbooks.")
    return [words for words, _ in found]


def _items(body: str) -> list[tuple[Token, int]]:
    """The first paragraphs of list items that begin with an empty box, with their lines from 1."""
    tokens = _markdown.parse(body)
    return [
        (token, (token.map or [0])[0] + 1)
        for item, paragraph, token in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if (item.type, paragraph.type) == ("list_item_open", "paragraph_open") and _BOX.match(token.content)
    ]


def _words(token: Token) -> str:
    """What is read of a line: the text of its parts, the box left out."""
    parts = (" " if part.type in ("softbreak", "hardbreak") else part.content for part in token.children or ())
    return " ".join(_BOX.sub("", "".join(parts), count=1).split())
