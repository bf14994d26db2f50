"""Exports from files: one object, a folder of them, or standard input."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.remote.failures import FaultyError
from server.remote.moving.moved import Values

WRAPPERS = ("data", "results")
"""Under which of their names the vendors' answers have a list."""


def load(name: str) -> Values:
    """What stands in a file (`-`: standard input), or in the JSON files of a folder and below it.

    A file of a folder that is a list, or an answer of the API with its list under `data` or `results`, is called as its
    file (`users.json`); one object in a folder of that name (`users/7f3c.json`) is one of them. FaultyError for what
    can't be read.
    """
    path = Path(name)
    if name == "-":
        return _object("standard input", _parsed("standard input", sys.stdin.read()))
    if not path.is_dir():
        return _object(name, _parsed(name, _text(path)))
    whole: Values = {}
    for each in sorted(path.rglob("*.json")):
        _add(whole, each, _parsed(str(each), _text(each)), inside=each.parent != path)
    if not whole:
        raise FaultyError(f"There is no JSON file in {name}.", code="USAGE", field="file")
    return whole


def _add(whole: Values, path: Path, found: Any, *, inside: bool) -> None:
    wrapped = next((found[key] for key in WRAPPERS if key in found), None) if isinstance(found, Mapping) else found
    if isinstance(wrapped, list):
        whole.setdefault(path.stem, []).extend(wrapped)
    elif inside:
        one = wrapped if isinstance(wrapped, Mapping) else found
        whole.setdefault(path.parent.name, []).append(one)
    elif isinstance(found, Mapping):
        for name, value in found.items():
            if isinstance(value, list) and isinstance(whole.get(name), list):
                whole[name] = [*whole[name], *value]
            else:
                whole[name] = value


def _object(name: str, found: Any) -> Values:
    if not isinstance(found, Mapping):
        hint = "It is an object with the lists `users`, `schedules` and so on: docs/guides/migrating.md."
        raise FaultyError(f"{name} is no export.", code="USAGE", field="file", hint=hint)
    return dict(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaultyError(f"{path} is no UTF-8.", code="USAGE", field="file") from error
    except OSError as error:
        raise FaultyError(f"Can't read {path}: {error.strerror}.", code="USAGE", field="file") from error


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise FaultyError(f"{place}: This is not JSON: {error.msg}.", code="USAGE", field="file") from error
    except RecursionError as error:
        raise FaultyError(f"{name} is nested too deeply.", code="USAGE", field="file") from error
