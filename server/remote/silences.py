"""Silences in words, and matchers as people type them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from server.remote import when
from server.remote.failures import FaultyError

MATCHER = re.compile(r"\s*([^=!~\s]+)\s*(=~|!~|!=|=)(.*)", re.DOTALL)


def matchers_of(given: Sequence[str]) -> dict[str, str]:
    """Matchers as the API has them: `job=~disk|backup` is `{"job": "=~disk|backup"}`. FaultyError for what is none."""
    found: dict[str, str] = {}
    for each in given:
        read = MATCHER.fullmatch(each)
        hint = "Write job=disk, 'job!=disk', 'job=~disk|backup' or 'job!~disk|backup'."
        if read is None:
            raise FaultyError(f"{each[:80]!r} is no label with a text.", code="USAGE", field="labels", hint=hint)
        name, operator, text = read.groups()
        if name in found:
            raise FaultyError(f"The label {name!r} is there twice.", code="USAGE", field="labels", hint=hint)
        found[name] = text if operator == "=" else f"{operator}{text}"
    return found


def told(silence: Mapping[str, Any]) -> str:
    """What a silence holds back: `job=~disk, source Prometheus, service checkout-api`."""
    parts = [
        f"{name}{text}" if text.startswith(("=~", "!~", "!=")) else f"{name}={text}"
        for name, text in sorted(silence["matchers"].items())
    ]
    parts += [f"source {silence['source']['name']}"] if silence["source"] else []
    parts += [f"service {silence['service']['slug']}"] if silence["service"] else []
    return ", ".join(parts)


def lasts(silence: Mapping[str, Any]) -> bool:
    """Whether it is not over."""
    return when.read(silence["endsAt"]) > when.now()
