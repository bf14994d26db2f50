"""Every fact, so that `read_fact` knows them all."""

from models.facts import alerting, communication, incident, learning, response, settings
from models.facts.base import Fact

KINDS: frozenset[str] = frozenset(Fact.registry)
"""All event kinds."""

__all__ = ["KINDS", "alerting", "communication", "incident", "learning", "response", "settings"]
