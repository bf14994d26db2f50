"""Open incidents that may be the same as one about to be declared; the server compares those that are declared."""

import re
from collections.abc import Sequence
from typing import Any

WORD = re.compile(r"\w{3,}")
SAME_SERVICE = 0.5
LEAST = 0.25
MOST = 5


def similar(title: str, services: Sequence[str], others: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that share words or services, the most alike first, at most five."""
    scored = [(_score(title, services, other), other) for other in others]
    likely = [(score, other) for score, other in scored if score >= LEAST]
    return [other for _, other in sorted(likely, key=lambda each: -each[0])[:MOST]]


def _score(title: str, services: Sequence[str], other: dict[str, Any]) -> float:
    ours, theirs = _words(title), _words(f"{other['title']} {other['summary'] or ''}")
    shared = len(ours & theirs) / len(ours) if ours else 0.0
    touched = {service["slug"] for service in other["services"]} & {service.lower() for service in services}
    return shared + SAME_SERVICE * bool(touched)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))
