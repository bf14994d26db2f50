"""Two spellings of one thing: `fill_roles_within_minutes` in files, `fillRolesWithinMinutes` in the API."""

import re
from typing import Any

OPAQUE = frozenset({"labels", "matchers", "variables"})
"""Objects whose names are a person's own, and stay as they are."""


def camel(name: str) -> str:
    """A name as the API spells it."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def snake(name: str) -> str:
    """A name as files spell it. Paths, too: `steps.0.goOnIf`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def to_api(value: Any) -> Any:
    """A value of a file as the API takes it."""
    return _respelt(value, camel)


def to_file(value: Any) -> Any:
    """A value of the API as files have it."""
    return _respelt(value, snake)


def _respelt(value: Any, spell: Any) -> Any:
    if isinstance(value, list):
        return [_respelt(each, spell) for each in value]
    if isinstance(value, dict):
        return {
            spell(name): each if name in OPAQUE and isinstance(each, dict) else _respelt(each, spell)
            for name, each in value.items()
        }
    return value
