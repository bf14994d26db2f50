"""The forms that `/muster declare` and `/muster update` open, and what was filled in.

https://docs.slack.dev/surfaces/modals. A form is opened empty at once and filled by a job: whoever has no account sees
nothing of severities and services.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from actions.chat.wishes import Verb, Wish
from core.errors import invalid
from integrations.news_card import cut
from integrations.slack_text import plain
from models.words import Audience, PublicStatus

TITLE, OPTION = 24, 75
"""Characters of a form's title, and of what can be chosen."""
MOST_OPTIONS = 100
LONGEST_TITLE, LONGEST_BODY = 200, 3000
"""Characters of what is filled in: what an incident takes, and what Slack takes."""

DECLARE, UPDATE = "muster-declare", "muster-update"

Choices = Sequence[tuple[str, str]]
"""What can be chosen: (value, words)."""


def waiting() -> dict[str, Any]:
    """A form of which nothing is known yet."""
    return _modal("Muster", [_words("One moment…")])


def failed(words: str) -> dict[str, Any]:
    """A form that will not come, and why."""
    return _modal("Muster", [_words(words)])


def declare_form(severities: Choices, services: Choices, *, incident: str | None, **place: str) -> dict[str, Any]:
    """The form for an incident: a new one, or one that was reported. `place`: where the answer goes."""
    title = _field("title", "What is wrong?", _text(LONGEST_TITLE), optional=incident is not None)
    blocks = [
        _field("severity", "Severity", _select(severities)),
        title,
        _field("summary", "What is known so far", _text(LONGEST_BODY, lines=True), optional=True),
    ]
    if services:
        blocks.append(_field("services", "Services", _select(services, "multi_static_select"), optional=True))
    private = [("private", "Private: only its members may know of it"), ("drill", "It is a drill")]
    chosen = {"type": "checkboxes", "action_id": "given", "options": [_option(*each) for each in private]}
    blocks.append(_field("kinds", "Who may know", chosen, optional=True))
    name = f"Declare {incident}" if incident else "Declare an incident"
    return _modal(name, blocks, DECLARE, "Declare", {**place, "incident": incident})


def update_form(incident: str, **place: str) -> dict[str, Any]:
    """The form for an update of an incident."""
    audiences = [(Audience.INTERNAL, "Stakeholders (internal)"), (Audience.PUBLIC, "Customers (public)")]
    statuses = [(each, each.capitalize()) for each in PublicStatus]
    blocks = [
        _field("audience", "For whom?", {**_select(audiences), "initial_option": _option(*audiences[0])}),
        _field("status", "Status, for customers", _select(statuses), optional=True),
        _field("body", "What is to be said", _text(LONGEST_BODY, lines=True)),
    ]
    return _modal(f"Update {incident}", blocks, UPDATE, "Publish", {**place, "incident": incident})


def place_of(form: dict[str, Any]) -> dict[str, str]:
    """Where the answer to a form goes: `response_url` and `channel`, as far as they were given."""
    return {name: value for name, value in _metadata(form).items() if isinstance(value, str)}


def read_form(form: dict[str, Any]) -> Wish:
    """What was asked for with a form. INVALID_INPUT for one of another version."""
    values = form["values"]
    incident = _metadata(form).get("incident")
    if form["name"] == DECLARE:
        kinds = values.get("kinds") or []
        given = {
            "severity": values.get("severity", ""),
            "title": plain(values.get("title") or "") or None,
            "summary": values.get("summary") or None,
            "services": values.get("services") or [],
            "private": "private" in kinds,
            "drill": "drill" in kinds,
        }
        return Wish(Verb.DECLARE, incident, given)
    if form["name"] == UPDATE:
        status, audience = values.get("status"), Audience(values.get("audience") or Audience.INTERNAL)
        public = audience is Audience.PUBLIC
        given = {
            "audience": audience,
            "status": PublicStatus(status) if status and public else None,
            "body": values.get("body") or "",
        }
        return Wish(Verb.UPDATE, incident, given)
    raise invalid("form", "This form is not known here.", "Open it again.")


def _metadata(form: dict[str, Any]) -> dict[str, Any]:
    try:
        found = orjson.loads(form["metadata"] or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _modal(
    title: str,
    blocks: list[dict[str, Any]],
    name: str = "muster",
    submit: str | None = None,
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    view = {"type": "modal", "callback_id": name, "title": _plain(cut(title, TITLE)), "blocks": blocks}
    view["private_metadata"] = orjson.dumps(metadata or {}).decode()
    view["close"] = _plain("Cancel" if submit else "Close")
    return {**view, "submit": _plain(submit)} if submit else view


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _words(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": cut(text, LONGEST_BODY)}}


def _field(name: str, label: str, element: dict[str, Any], *, optional: bool = False) -> dict[str, Any]:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element, "optional": optional}


def _text(longest: int, *, lines: bool = False) -> dict[str, Any]:
    return {"type": "plain_text_input", "action_id": "given", "max_length": longest, "multiline": lines}


def _select(choices: Choices, kind: str = "static_select") -> dict[str, Any]:
    return {"type": kind, "action_id": "given", "options": [_option(*each) for each in choices[:MOST_OPTIONS]]}


def _option(value: str, words: str) -> dict[str, Any]:
    return {"value": str(value), "text": _plain(cut(words, OPTION))}
