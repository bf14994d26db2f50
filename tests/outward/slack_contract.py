"""Whether a request is as Slack's own description of its Web API has it (shared/contracts/slack-web-api…)."""

import json
from functools import cache
from pathlib import Path

import jsonschema_rs

FILE = Path(__file__).parents[3] / "shared/contracts/slack-web-api-1.7.0.trimmed.swagger2.json"

EVENTS = FILE.with_name("slack-events-api.asyncapi1.json")

AS_ARRAYS = {"blocks": list, "attachments": list, "view": dict}
"""Texts that hold JSON in a form; in a JSON body they are what they hold (docs.slack.dev, "POST bodies")."""


def _taken(required, optional=()):
    parts = {name: {"in": "formData", "type": "string", "required": True} for name in required}
    return parts | {name: {"in": "formData", "type": "string"} for name in optional}


NEWER = {
    ("GET", "bookmarks.list"): _taken(["channel_id"]),
    ("POST", "bookmarks.edit"): _taken(["channel_id", "bookmark_id"], ["title", "link", "emoji"]),
    ("POST", "bookmarks.add"): _taken(["channel_id", "title", "type"], ["link", "emoji"]),
}
"""Methods that are newer than the document, as docs.slack.dev has them."""


@cache
def operations():
    """What each method takes, by (HTTP method, name); None without the document."""
    if not FILE.exists():
        return None
    paths = json.loads(FILE.read_text())["paths"]
    return {
        (verb.upper(), path.removeprefix("/")): {each["name"]: each for each in operation["parameters"]}
        for path, verbs in paths.items()
        for verb, operation in verbs.items()
    } | NEWER


def faults(verb, method, given, *, json_body):
    """What is wrong with a request, in words; nothing if the document is not there."""
    known = operations()
    if known is None:
        return []
    if method.startswith("views."):
        verb = "GET"  # the document has them so; Slack takes a view of some length only as JSON
    if (verb, method) not in known:
        return [f"there is no {verb} {method}"]
    taken = known[verb, method]
    wrong = [f"{method} takes no {name}" for name in given if taken.get(name, {}).get("in") in (None, "header")]
    wrong += [
        f"{method} needs {name}"
        for name, each in taken.items()
        if each.get("required") and each["in"] != "header" and name not in given and name != "token"
    ]
    wrong += [
        f"{name} of {method} is no {taken[name]['type']}: {value!r}"
        for name, value in given.items()
        if name in taken and not _fits(name, value, taken[name]["type"], json_body=json_body)
    ]
    return wrong


def _fits(name, value, kind, *, json_body):
    if json_body and name in AS_ARRAYS:
        return isinstance(value, AS_ARRAYS[name])
    if not json_body and kind != "string":
        digits = value.replace(".", "", 1) if kind == "number" else value
        return value in ("true", "false") if kind == "boolean" else digits.isdecimal()
    return isinstance(value, {"string": str, "boolean": bool, "integer": int, "number": int | float}[kind])


def errors_of(method):
    """The refusals that the document has of a method."""
    found = set()

    def look(part, name=None):
        if isinstance(part, dict):
            if name == "error":
                found.update(part.get("enum", ()))
            for key, value in part.items():
                look(value, key)
        elif isinstance(part, list):
            for value in part:
                look(value)

    for verbs in [json.loads(FILE.read_text())["paths"][f"/{method}"]]:
        look(verbs)
    return found


@cache
def event_schema(kind):
    """What Slack's description of its Events API says of an event; None without the document."""
    if not EVENTS.exists():
        return None
    document = json.loads(EVENTS.read_text())
    payload = document["topics"][kind]["subscribe"]["payload"]
    schema = json.dumps({**payload, "components": document["components"]})
    return jsonschema_rs.Draft4Validator(json.loads(schema))


def event_faults(envelope):
    """What is wrong with an event as the double sends it; nothing if the document is not there."""
    kind = envelope["event"]["type"].replace("_", ".")
    # What it says of `message` was taken from one deletion alone.
    validator = event_schema("message.channels" if kind == "message" else kind)
    return [] if validator is None else [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(envelope)]
