"""The text of a Jira issue, as an Atlassian Document (developer.atlassian.com/cloud/jira/platform/apis/document)."""

from typing import Any

from integrations.ports import Item, Matter
from integrations.ticket_words import details, opening

Node = dict[str, Any]


def description(matter: Matter | Item) -> Node:
    """What an issue says of an incident or an action item: where it is kept, and what else is told of it.

    Text nodes are taken literally: nothing in them is a mention or a macro.
    """
    before, words = opening(matter)
    link = {"type": "text", "text": words, "marks": [{"type": "link", "attrs": {"href": matter.url}}]}
    lines = [[_text(before), link, _text(".")]]
    lines += [[_text(f"{name}: {value}.")] for name, value in details(matter)]
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": line} for line in lines]}


def _text(said: str) -> Node:
    return {"type": "text", "text": said}


def paragraph(said: str) -> Node:
    """A document of one paragraph, taken literally."""
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [_text(said)]}]}
