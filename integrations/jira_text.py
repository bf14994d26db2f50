"""The text of a Jira issue, as an Atlassian Document (developer.atlassian.com/cloud/jira/platform/apis/document)."""

from typing import Any

from integrations.ports import Matter

Node = dict[str, Any]


def description(matter: Matter) -> Node:
    """What an issue says of an incident: where it is worked on, and how bad it is.

    Text nodes are taken literally: nothing in them is a mention or a macro.
    """
    link = {"type": "text", "text": matter.reference, "marks": [{"type": "link", "attrs": {"href": matter.url}}]}
    kind = "This drill" if matter.drill else "This incident"
    lines = [[_text(f"{kind} is worked on in Muster: "), link, _text(".")]]
    if matter.severity:
        lines.append([_text(f"Severity when the ticket was opened: {matter.severity}.")])
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": line} for line in lines]}


def _text(said: str) -> Node:
    return {"type": "text", "text": said}


def paragraph(said: str) -> Node:
    """A document of one paragraph, taken literally."""
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [_text(said)]}]}
