"""What Slack sends to its request URL: events as JSON; commands and interactions as forms. All come to one address.

https://docs.slack.dev/apis/events-api; under /interactivity: implementing-slash-commands, handling-user-interaction
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

from actions.chat.heard import Heard
from integrations.slack_events import heard
from integrations.slack_text import storable

MOST_FIELDS = 50
LONGEST = 4000
"""Characters of a command, or of a field of a form: more does not fit into Slack's own fields."""

BUTTON = "muster:"
"""What the action_id of each button of ours begins with; its value is a command in words."""


class UnreadableError(Exception):
    """A body that is none of Slack's."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Slack asks whether the address is ours."""

    answer: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Slack did not send all that happened, as it was too much. Told again, it has the same `key`."""

    key: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something happened; None: nothing that is kept. Told again, it has the same `key`."""

    key: str
    heard: Heard | None
    at: int
    """When, in seconds since 1970."""
    team: str
    """In which workspace."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody wants something done. Sent again, it has the same `key`."""

    key: str
    trigger: str
    """With which a form can be opened within three seconds."""
    team: str
    user: str
    channel: str
    response_url: str
    """Where it can be answered within half an hour."""
    words: str
    """What was written behind the command, in Slack's markup."""
    typed: bool = False
    """Whether it is a command, and no button or form."""
    form: dict[str, Any] | None = None
    """What was filled in: the view as Slack sends it, in short (integrations.slack_forms)."""


Delivery = Challenge | HeldBack | Told | Call | None
"""None: something that is of no interest here."""


def read_delivery(body: bytes, content_type: str) -> Delivery:
    """What a genuine request says. UnreadableError."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return _event(_object(orjson.loads(body)))
        fields = {name: given[0] for name, given in parse_qs(body.decode(), max_num_fields=MOST_FIELDS).items()}
        if "payload" in fields:
            return _interaction(_object(orjson.loads(fields["payload"])))
        return _command(fields) if "command" in fields else None
    except (ValueError, KeyError, TypeError) as error:  # what is no JSON, no UTF-8, or lacks a field
        raise UnreadableError(type(error).__name__) from error


def _event(body: dict[str, Any]) -> Delivery:
    if body.get("type") == "url_verification":
        return Challenge(str(body["challenge"])[:1000])
    if body.get("type") == "app_rate_limited":
        return HeldBack(_text(f"limited {body.get('team_id')} {int(body['minute_rate_limited'])}"))
    if body.get("type") != "event_callback":
        return None
    what = heard(_object(body["event"]))
    return Told(_text(body["event_id"]), what, int(body.get("event_time") or 0), _text(body.get("team_id")))


def _command(fields: dict[str, str]) -> Call:
    return Call(
        key=_text(fields["trigger_id"]),
        trigger=_text(fields["trigger_id"]),
        team=_text(fields.get("team_id")),
        user=_text(fields["user_id"]),
        channel=_text(fields.get("channel_id")),
        response_url=_text(fields["response_url"], LONGEST),
        words=_text(fields.get("text"), LONGEST).strip(),
        typed=True,
    )


def _interaction(payload: dict[str, Any]) -> Call | None:
    user, team = _object(payload["user"]), _object(payload.get("team") or {})
    who: dict[str, Any] = {"user": _text(user["id"]), "team": _text(team.get("id") or user.get("team_id"))}
    trigger = _text(payload.get("trigger_id"))
    if payload.get("type") == "view_submission":
        view = _object(payload["view"])
        form = {
            "name": _text(view.get("callback_id")),
            "metadata": _text(view.get("private_metadata"), LONGEST),
            "values": _values(_object(_object(view.get("state") or {}).get("values") or {})),
        }
        return Call(key=_text(view["id"]), trigger=trigger, channel="", response_url="", words="", form=form, **who)
    if payload.get("type") != "block_actions":
        return None
    pressed = next((each for each in payload["actions"] if _text(each.get("action_id")).startswith(BUTTON)), None)
    if pressed is None:
        return None
    return Call(
        key=trigger,
        trigger=trigger,
        channel=_text(_object(payload.get("channel") or {}).get("id")),
        response_url=_text(payload["response_url"], LONGEST),
        words=_text(pressed.get("value"), LONGEST),
        **who,
    )


def _values(blocks: dict[str, Any]) -> dict[str, Any]:
    """What stands in each block of a form, by its block_id: a text, or a list of what was chosen."""
    found: dict[str, Any] = {}
    for block, actions in blocks.items():
        for field in actions.values():
            several = field.get("selected_options")
            one = field.get("selected_option")
            if several is not None:
                found[block] = [_text(each["value"]) for each in several]
            else:
                found[block] = _text(one["value"] if one else field.get("value"), LONGEST)
    return found


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("an object is missing")
    return value


def _text(value: object, longest: int = 200) -> str:
    return storable(value if isinstance(value, str) else "")[:longest]
