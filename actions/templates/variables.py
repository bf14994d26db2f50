"""What whoever uses a template fills in: declared by the template with a label and perhaps a default."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from actions import check
from actions.templates.language import PARTS
from core.errors import invalid
from models.words import TemplateUse

MOST = 20
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
LABEL = 200
VALUE = 2000
"""Characters of a default, and of what is filled in."""
TAKEN = {"loop", "and", "or", "not", "in", "is", "if", "else", "elif", "for", "true", "false", "none", "set"}


class Declared(Protocol):
    """A variable as a client declares it."""

    @property
    def name(self) -> str:
        """Its name in the template."""
        ...

    @property
    def label(self) -> str:
        """What people are asked for."""
        ...

    @property
    def default(self) -> str | None:
        """What it is if nothing is filled in; None: something must be."""
        ...


def declared(given: Sequence[Declared], use: TemplateUse = TemplateUse.INCIDENT) -> list[dict[str, Any]]:
    """The variables as they are stored. INVALID_INPUT for names that are none, or mean something already."""
    check.few(given, "variables", limit=MOST)
    found: dict[str, dict[str, Any]] = {}
    for index, each in enumerate(given):
        field = f"variables.{index}"
        if not NAME.fullmatch(each.name):
            raise invalid(
                f"{field}.name", f"{each.name[:80]!r} is no name.", "Use 1 to 40 of a-z, 0-9 and underscores."
            )
        if each.name in TAKEN or each.name in PARTS[use] or each.name in found:
            raise invalid(f"{field}.name", f"{each.name!r} means something already.", "Choose another name.")
        found[each.name] = {
            "name": each.name,
            "label": check.text(each.label, f"{field}.label", limit=LABEL),
            "default": None if each.default is None else _value(each.default, f"{field}.default"),
        }
    return list(found.values())


def filled_in(variables: Sequence[dict[str, Any]], given: Any) -> dict[str, str]:
    """The values of all variables: what was given, else the defaults. INVALID_INPUT for others, and missing ones."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise invalid("variables", "Variables are an object of texts.", 'Send e.g. {"impact": "Orders fail."}.')
    names = [each["name"] for each in variables]
    for name in given:
        if name not in names:
            known = ", ".join(names) or "none"
            raise invalid(f"variables.{name[:40]}", "The template has no such variable.", f"It has: {known}.")
    values = {}
    for each in variables:
        name = each["name"]
        value = given.get(name, each["default"])
        if value is None:
            raise invalid(f"variables.{name}", f"This is needed: {each['label']}.", "Send a text for it.")
        values[name] = _value(value, f"variables.{name}")
    return values


def _value(value: Any, field: str) -> str:
    """A text that may be empty, without what PostgreSQL does not keep."""
    if not isinstance(value, str):
        raise invalid(field, "This is no text.", "Send a string.")
    stripped = value.strip()
    return check.text(stripped, field, limit=VALUE) if stripped else ""
