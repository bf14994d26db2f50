"""What every configuration of an adaptor is made of."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict


class Configuration(BaseModel):
    """What an adaptor must be told. Each field has a description: it is the help that admins read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_max_length=10_000)


def web_address(value: str) -> str:
    """An http or https address. ValueError says what is wrong with it, and does not repeat it."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in value):
        raise ValueError("Begin with https:// and a host.")
    return value


def _base(value: str) -> str:
    parts = urlsplit(web_address(value))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("Leave out user names, ? and #: only the beginning of all addresses there is meant.")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(web_address)]
"""An http or https address."""

BaseUrl = Annotated[str, AfterValidator(_base)]
"""What all addresses of a vendor begin with, without a slash at the end."""
