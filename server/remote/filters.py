"""`--filter FIELD=VALUE`: the fields of the API's IncidentFilter, as they are typed."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from server.remote import when
from server.remote.api import Api
from server.remote.failures import FaultyError
from server.remote.people import find_person
from server.remote.words import KINDS, STAGES, VISIBILITIES

TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def _words(known: tuple[str, ...]) -> Callable[[str, str], list[str]]:
    def read(field: str, value: str) -> list[str]:
        found = [_name(part) for part in _listed(field, value)]
        for word in found:
            if word not in known:
                raise _faulty(field, f"{word} is none of its values.", f"Those are {', '.join(known)}.")
        return found

    return read


def _listed(field: str, value: str) -> list[str]:
    found = [part.strip() for part in value.split(",") if part.strip()]
    if not found:
        raise _faulty(field, f"{field} needs a value.", None)
    return found


def _one(field: str, value: str) -> str:
    (found,) = _words(VISIBILITIES)(field, value)[:1]
    return found


def _truth(field: str, value: str) -> bool:
    if value.lower() not in TRUTHS:
        raise _faulty(field, f"{value} is neither true nor false.", None)
    return TRUTHS[value.lower()]


def _name(text: str) -> str:
    return text.strip().upper().replace("-", "_")


READERS: dict[str, Callable[[str, str], Any]] = {
    "stages": _words(STAGES),
    "open": _truth,
    "severities": _listed,
    "services": _listed,
    "kinds": _words(KINDS),
    "visibility": _one,
    "commander": lambda _, value: value,
    "labels": lambda _, value: value,
    "text": lambda _, value: value,
    "declaredAfter": lambda field, value: when.moment(value, field),
    "declaredBefore": lambda field, value: when.moment(value, field),
}
SINGULAR = {"stage": "stages", "severity": "severities", "service": "services", "kind": "kinds", "label": "labels"}


def read_filters(api: Api, given: Iterable[str]) -> dict[str, Any]:
    """The IncidentFilter of `stages=RESPONSE,MITIGATION`, `labels.region=eu-1`, `declared_after=2d` and so on.

    What is given twice is a list of both. FaultyError for a field that there is not, and for a value it can't have.
    """
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        field, _, label = name.strip().partition(".")
        field = _camel(SINGULAR.get(field, field))
        if field not in READERS or not equals or (field == "labels") != bool(label):
            fields = ", ".join(READERS).replace("labels", "labels.NAME")
            raise _faulty("filter", f"{text!r} is no filter.", f"Write FIELD=VALUE; the fields are {fields}.")
        read = READERS[field](field, value.strip())
        if field == "labels":
            found.setdefault(field, {})[label] = read
        elif isinstance(read, list):
            found[field] = [*found.get(field, []), *read]
        else:
            found[field] = find_person(api, read)["id"] if field == "commander" else read
    return found


def _camel(name: str) -> str:
    return re.sub(r"[_-]([a-z])", lambda match: match[1].upper(), name)


def _faulty(field: str, message: str, hint: str | None) -> FaultyError:
    return FaultyError(message, code="USAGE", field=field, hint=hint)
