"""The vendors that Muster has adaptors for, as far as actions need to know them.

Adaptors live in `integrations`, above this room: they enter their vendor here when they are loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

import orjson
from pydantic import BaseModel, SecretStr, ValidationError

from core.errors import invalid
from models.words import OutwardVerb

Values = dict[str, Any]


class Port(StrEnum):
    """What an incident may need of a vendor."""

    BRIDGE = "BRIDGE"
    TICKET = "TICKET"
    CHAT = "CHAT"
    SAY = "SAY"
    PAGER = "PAGER"
    ANNOUNCE = "ANNOUNCE"
    METRICS = "METRICS"
    WORDING = "WORDING"
    MESSAGE = "MESSAGE"


PORTS = {
    OutwardVerb.OPEN_BRIDGE: Port.BRIDGE,
    OutwardVerb.OPEN_TICKET: Port.TICKET,
    OutwardVerb.OPEN_CHANNEL: Port.CHAT,
    OutwardVerb.ARCHIVE_CHANNEL: Port.CHAT,
    OutwardVerb.PAGE: Port.PAGER,
    OutwardVerb.ACKNOWLEDGE_PAGE: Port.PAGER,
    OutwardVerb.RESOLVE_PAGE: Port.PAGER,
    OutwardVerb.FOLLOW_CHANNEL: Port.CHAT,
    OutwardVerb.ANNOUNCE: Port.ANNOUNCE,
    OutwardVerb.FOLLOW_ANNOUNCEMENT: Port.ANNOUNCE,
    OutwardVerb.RELAY_UPDATE: Port.ANNOUNCE,
    OutwardVerb.SAY: Port.SAY,
    OutwardVerb.COMMENT_TICKET: Port.TICKET,
    OutwardVerb.FOLLOW_TICKET: Port.TICKET,
}
"""Which port each verb needs."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor, what its adaptor can do, and what it must be told."""

    key: str
    name: str
    ports: frozenset[Port]
    configuration: type[BaseModel]
    edits: bool = True
    """Whether what was announced there can be changed: where it can't, each change is a message of its own."""
    listens: bool = False
    """Whether what is said in its channels is kept here."""
    needs: Mapping[Port, str] = field(default_factory=dict)
    """What of the configuration, which may be left out, something that it can do needs."""


VENDORS: dict[str, Vendor] = {}


def enter(vendor: Vendor) -> None:
    """Make a vendor known."""
    if VENDORS.setdefault(vendor.key, vendor) is not vendor:
        raise ValueError(f"two vendors are called {vendor.key}")


def ports_of(vendor: str, configuration: Mapping[str, Any]) -> frozenset[Port]:
    """What an integration can do, with what it was told; nothing, if this version has no adaptor for it."""
    known = VENDORS.get(vendor)
    if known is None:
        return frozenset()
    return frozenset(port for port in known.ports if port not in known.needs or configuration.get(known.needs[port]))


def listens(vendor: str) -> bool:
    """Whether what is said in the channels of a vendor is kept here."""
    return vendor in VENDORS and VENDORS[vendor].listens


def secret_fields(configuration: type[BaseModel]) -> frozenset[str]:
    """The fields of a configuration whose values are kept sealed: those that are SecretStr, needed or not."""
    return frozenset(name for name, field in configuration.model_fields.items() if _is_secret(field.annotation))


def _is_secret(annotation: Any) -> bool:
    """Whether a type is SecretStr, or has it somewhere within: `Annotated[SecretStr, …] | None`."""
    return annotation is SecretStr or any(_is_secret(part) for part in get_args(annotation))


def checked(vendor: Vendor, values: Mapping[str, Any]) -> tuple[Values, Values]:
    """A whole configuration as it is kept: what lies open, and what is to be sealed.

    INVALID_INPUT names the field at fault; what was sent for a secret is not repeated.
    """
    try:
        read = vendor.configuration.model_validate_json(orjson.dumps(dict(values)))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(("configuration", *(str(part) for part in problem["loc"])))
        wanted = vendor.configuration.model_fields.get(str(problem["loc"][0])) if problem["loc"] else None
        if wanted is not None and problem["type"] == "string_pattern_mismatch":
            raise invalid(place, "It is not written like that.", wanted.description) from None
        known = ", ".join(vendor.configuration.model_fields)
        said = problem["msg"].removeprefix("Value error, ")
        raise invalid(place, f"{said.rstrip('.')}.", f"{vendor.name} takes: {known}.") from None
    hidden = secret_fields(vendor.configuration)
    plain = {name: value for name, value in read.model_dump(mode="json").items() if name not in hidden}
    sealed = {
        name: getattr(read, name).get_secret_value() for name in sorted(hidden) if getattr(read, name) is not None
    }
    return plain, sealed
