"""Every fact, so that `read_fact` knows them all."""

from models.facts import (
    access,
    alerting,
    communication,
    erasing,
    incident,
    learning,
    maintenance,
    metric,
    outward,
    paging,
    practice,
    public_learning,
    response,
    schedule,
    settings,
    subscribing,
    workflow,
)
from models.facts.base import Fact

KINDS: frozenset[str] = frozenset(Fact.registry)
"""All event kinds."""

__all__ = [
    "KINDS",
    "access",
    "alerting",
    "communication",
    "erasing",
    "incident",
    "learning",
    "maintenance",
    "metric",
    "outward",
    "paging",
    "practice",
    "public_learning",
    "response",
    "schedule",
    "settings",
    "subscribing",
    "workflow",
]
