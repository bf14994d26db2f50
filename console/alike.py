"""Which labels alerts like one share: what a silence asks for that is begun from it."""

from collections.abc import Mapping
from typing import Any

from models.matcher import MAX_PATTERN, OPERATORS

MOST_LABELS = 8
"""How many labels of an alert a silence begun from it asks for."""
ITS_OWN = ("instance", "pod", "container")
"""Labels that tell one machine from another: an alert is like another that differs in these alone."""


def labels_like(labels: Mapping[str, Any]) -> dict[str, str]:
    """The first labels that alerts like this one share, its name before others. What can be no matcher is left out."""
    shared = {
        name: text
        for name, text in sorted(labels.items())
        if isinstance(text, str) and name not in ITS_OWN and not text.startswith(OPERATORS) and len(text) <= MAX_PATTERN
    }
    first = {"alertname": shared["alertname"]} if "alertname" in shared else {}
    return dict(list({**first, **shared}.items())[:MOST_LABELS])
