"""When two values of a field mean the same: what is left out, null, or as it is by itself, makes no difference."""

from collections.abc import Mapping
from typing import Any

from server.remote.desired.kinds import Field, Kind
from server.remote.desired.spelling import OPAQUE
from server.remote.desired.workflow import USUAL


def comparable(kind: Kind, name: str, field: Field, value: Any) -> Any:
    """A value of a field without what makes no difference."""
    if value is None or value in ([], {}, ""):
        return USUAL.get(name) if kind.name == "Workflow" else None
    if field.refers is not None:  # what they refer to is found in any case
        keys = [str(each).lower() for each in value] if isinstance(value, list) else str(value).lower()
        return sorted(keys) if field.unordered else keys
    return _pruned(value, kind.defaults, name)


def _pruned(value: Any, defaults: Mapping[str, Any], above: str) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return [_pruned(each, defaults, "") for each in value]
    if isinstance(value, dict) and above not in OPAQUE:
        return {
            name: _pruned(each, defaults, name)
            for name, each in sorted(value.items())
            if each is not None and not _usual(each, defaults, above, name)
        }
    return value


def _usual(value: Any, defaults: Mapping[str, Any], above: str, name: str) -> bool:
    for known in (name, f"{above}.{name}"):
        if known in defaults and defaults[known] == value and type(defaults[known]) is type(value):
            return True
    return False
