"""What a vendor's adaptor must be told, as a form: its fields, and what was written into them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from markupsafe import Markup

from actions.outward.vendors import Vendor
from console.fields import Fields
from console.pages import with_commands
from core.errors import invalid
from resolvers.outward import Field, fields_of

CAPITALS = {"url": "URL", "id": "ID", "api": "API"}


class Asked(NamedTuple):
    """A field as it stands in the form."""

    name: str
    """In the form, and in refusals: `configuration.base_url`."""
    label: str
    help: Markup
    kind: str
    """secret, boolean, integer, json or text."""
    required: bool
    value: Any
    short: str
    """Its own name."""
    optional_secret: bool


def asked_of(vendor: Vendor, configuration: Mapping[str, Any] | None) -> list[Asked]:
    """The fields of a vendor, with what is known of one that is connected (None: it is not)."""
    return [_asked(field, configuration) for field in fields_of(vendor)]


def _asked(field: Field, configuration: Mapping[str, Any] | None) -> Asked:
    kind, known = _kind(field), configuration is not None
    value = (configuration or {}).get(field.name, field.default)
    if kind == "json":
        value = orjson.dumps(value).decode() if value else ""
    told = field.help
    if field.secret and known:
        told += " What is saved is never shown: leave this empty to keep it."
    elif not field.required and field.default in (None, "") and kind != "boolean":
        told += " May stay empty."
    return Asked(
        name=f"configuration.{field.name}",
        label=_label(field.name),
        help=with_commands(told),
        kind=kind,
        required=field.required and not (field.secret and known),
        value="" if value is None or field.secret else value,
        short=field.name,
        optional_secret=field.secret and known and not field.required,
    )


def _label(name: str) -> str:
    words = " ".join(CAPITALS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


def _kind(field: Field) -> str:
    if field.secret:
        return "secret"
    if isinstance(field.default, dict):
        return "json"
    return field.type if field.type in ("boolean", "integer") else "text"


def told(vendor: Vendor, fields: Fields, *, known: bool) -> dict[str, Any]:
    """The configuration that a form says. An empty secret stays as it is; any other empty field is taken away (null).

    INVALID_INPUT names the field that can't be read; all else the action judges.
    """
    given: dict[str, Any] = {}
    for field in fields_of(vendor):
        value = _read(field, fields, f"configuration.{field.name}", known=known)
        if value is not _ABSENT:
            given[field.name] = value
    return given


_ABSENT = object()


def _read(field: Field, fields: Fields, name: str, *, known: bool) -> Any:
    kind = _kind(field)
    if kind == "boolean":
        return fields.flag(name)
    if kind == "integer":
        number = fields.number(name)
        return (None if known else _ABSENT) if number is None else number
    text = fields.optional(name)
    if text is None:
        if field.secret:
            return None if fields.flag(f"forget.{field.name}") else _ABSENT
        return None if known else _ABSENT
    return _parsed(text, name) if kind == "json" else text


def _parsed(text: str, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise invalid(name, f"This is no JSON: {error.msg}.", 'Write e.g. {"priority": {"name": "High"}}.') from None
