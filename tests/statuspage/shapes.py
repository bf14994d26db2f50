"""Compares documents with real samples of another service: which keys there are, and of which types their values."""

import json
import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[3] / "shared"))
SAMPLES = SHARED / "contracts" / "samples" / "statuspage-v2"
MANAGE = SHARED / "contracts" / "statuspage-manage-v1.openapi.json"


def sample(name):
    """A real answer of Atlassian Statuspage."""
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the real samples are not on this machine ({path})")
    return json.loads(path.read_text())


def values(schema, name):
    """The values that Atlassian's own description of a field allows."""
    if not MANAGE.exists():
        pytest.skip(f"the vendor's document is not on this machine ({MANAGE})")
    field = json.loads(MANAGE.read_text())["components"]["schemas"][schema]["properties"][name]
    return set(field["enum"]) - {""}


def shape(value, path=""):
    """The types of all values by where they stand; entries of a list stand in one place, numbers are not told apart."""
    found = {path: {type(value).__name__}}
    inner = {}
    if isinstance(value, dict):
        inner = {f"{path}.{name}": [each] for name, each in value.items()}
    elif isinstance(value, list):
        inner = {f"{path}[]": value}
    for place, several in inner.items():
        for each in several:
            for where, types in shape(each, place).items():
                found.setdefault(where, set()).update(types)
    return found


def differences(ours, theirs, *, added=()):
    """Where a document of ours would surprise a client that knows theirs. `added`: keys that newer answers have."""
    mine, real = shape(ours), shape(theirs)
    for place, types in real.items():
        if place not in mine:
            yield f"{place} is missing"
        elif not (mine[place] - {"NoneType"} <= types - {"NoneType"} or types == {"NoneType"}):
            yield f"{place} is {mine[place]}, theirs {types}"
        elif "NoneType" in mine[place] - types and place.rpartition(".")[2] not in NULLABLE:
            yield f"{place} may be null"
    for place in mine.keys() - real.keys():
        if place.rpartition(".")[2].removesuffix("[]") not in added:
            yield f"{place} is not theirs"


NULLABLE = {"description", "group_id", "monitoring_at", "resolved_at", "start_date", "reminder_intervals"}
"""Fields that are null in other answers of theirs, or by their description."""
