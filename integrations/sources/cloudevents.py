"""CloudEvents 1.0 over HTTP: structured, in batches, and binary (attributes in headers that begin with `ce-`).

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md (source and id together name an event, so
that it is taken once), its formats/json-format.md and bindings/http-protocol-binding.md (§3.1.3.2: values of headers
are percent-encoded). An event says that something happened. What fires or is over is read from its data by the usual
names, as of any JSON (actions.alerts.mapping), else from a word of its type: `com.example.disk.resolved`.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import orjson

from actions.alerts.group import NormalisedGroup, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, hashed, no_nul
from actions.alerts.mapping import FIRING, MOST_GROUPS, OVER, fires, labels_of
from actions.alerts.taking import Reading
from integrations.refusal import Reason, Refusal
from integrations.sources.body import json_of, named
from integrations.sources.kind import Headers, Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Send CloudEvents 1.0 over HTTP: structured, a batch, or binary with ce-… headers."
PREFIX = "ce-"
VERSION = "1.0"
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype")
WORD = re.compile(r"[A-Za-z0-9]+")


def parse(post: Post, now: datetime) -> Reading:
    """An alert for each event. Refusal for what is no event, or more than the intake takes at once."""
    if f"{PREFIX}specversion" in post.headers:
        return _reading([_binary(post)], now)
    found = json_of(post.body)
    events = found if isinstance(found, list) else [found]
    if not events:
        raise Refusal(Reason.NO_ALERTS, "The batch has no events.", hint="Send at least one.")
    if len(events) > MOST_GROUPS:
        hint = "Send smaller batches."
        raise Refusal(Reason.TOO_MANY_ALERTS, f"A batch has at most {MOST_GROUPS} events.", hint=hint)
    if not all(isinstance(event, Mapping) for event in events):
        raise Refusal(Reason.INVALID, "What is in the body are no events.", hint=HINT)
    return _reading(events, now)


def _reading(events: list[Mapping[str, Any]], now: datetime) -> Reading:
    """All events of a delivery; events of one key are one group. It is named by those that are in it."""
    names: list[str] = []
    alerts: dict[str, NormalisedGroup] = {}
    for event in events:
        name, group = _group(event, now)
        names.append(name)
        earlier = alerts.get(group.key)
        alerts[group.key] = group if earlier is None else together(group.key, [*earlier.alerts, *group.alerts])
    return Reading(tuple(alerts.values()), delivery=names[0] if len(names) == 1 else hashed(names))


def _group(event: Mapping[str, Any], now: datetime) -> tuple[str, NormalisedGroup]:
    """What a vendor calls an event, and its alert as a group."""
    version = event.get("specversion")
    if version != VERSION:
        message = f"specversion is {str(version)[:20]!r}, and not {VERSION!r}."
        raise Refusal(Reason.UNKNOWN_VERSION, message, field="specversion", hint=HINT)
    name, source, kind = (named(event.get(each), each, HINT) for each in ("id", "source", "type"))
    loose = Loose(now)
    data = _data(event, loose)
    told: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    subject = loose.text(event.get("subject"), "subject")
    state = next((told[each] for each in ("state", "status") if told.get(each) not in (None, "")), _of_type(kind))
    own = next((told[each] for each in ("key", "dedup_key", "fingerprint", "alert_id") if told.get(each)), None)
    key = loose.text(own, "key") or subject or _subject_of_type(kind)
    said = next((told[each] for each in ("title", "message", "summary", "name") if told.get(each)), None)
    alert = loose.alert(
        fingerprint=f"{source} {key}",
        title=loose.text(said, "title") or f"{kind} {subject}".strip(),
        firing=fires(state, loose),
        starts_at=loose.moment(event.get("time"), "time"),
        labels={**labels_of(told.get("labels"), loose), "source": source, "type": kind, "subject": subject},
        annotations={"description": loose.text(told.get("description"), "description") or _as_text(data)},
        url=loose.text(told.get("url"), "url"),
        continues=True,
    )
    return f"{source} {name}", together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert])


def _of_type(kind: str) -> str | None:
    """The last word of a type that says whether it fires, if one does."""
    words = [word for word in WORD.findall(kind) if word.casefold() in FIRING | OVER and not word.isdigit()]
    return words[-1] if words else None


def _subject_of_type(kind: str) -> str:
    """A type without the words that say whether it fires: the same for the beginning and the end."""
    return re.sub(WORD, lambda word: "" if word[0].casefold() in FIRING | OVER else word[0], kind).strip(". -_/")


def _binary(post: Post) -> Mapping[str, Any]:
    """An event whose attributes are headers and whose data is the body."""
    event: dict[str, Any] = {name: _header(post.headers, name) for name in ATTRIBUTES if PREFIX + name in post.headers}
    if not post.body:
        return event
    if "json" in post.headers.get("content-type", "json").casefold():
        return {**event, "data": json_of(post.body)}
    return {**event, "data": post.body.decode("utf-8", "replace")}


def _header(headers: Headers, name: str) -> str:
    """The value of an attribute; a pair of quotes around it is taken off."""
    return unquote(headers[PREFIX + name].strip().removeprefix('"').removesuffix('"'))


def _data(event: Mapping[str, Any], loose: Loose) -> Any:
    """The payload, also one that is in base64; what is JSON in a text is read as such."""
    data = event.get("data")
    if data is None and isinstance(event.get("data_base64"), str):
        try:
            data = base64.b64decode(event["data_base64"], validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            loose.note("data_base64 is no base64")
    if isinstance(data, str) and data.lstrip().startswith("{"):
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            return data
    return data


def _as_text(data: Any) -> str:
    return no_nul(data[:1000]) if isinstance(data, str) else ""


CLOUDEVENTS = SourceKind(
    name="cloudevents",
    parse=parse,
    verify=secret_shown("Have the sender show it as the header X-Muster-Secret, or as a bearer."),
    smaller="Send smaller batches, or raise MUSTER_MAX_BODY_BYTES.",
)
