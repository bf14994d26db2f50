"""Where jobs are handed from relay to workers: `BROKER_URL`. Without it, workers take them from PostgreSQL.

And how often vendors are asked by all of them together.
"""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

SCHEMES = ("redis", "rediss", "amqp", "amqps")


class BrokerSettings(BaseSettings):
    """Settings of the broker."""

    broker_url: SecretStr | None = Field(None, validation_alias="BROKER_URL")

    vendor_rates: Annotated[dict[str, int], NoDecode] = Field(
        default_factory=dict,
        validation_alias="MUSTER_VENDOR_RATES",
        description="Requests a minute by vendor, all processes together; * is all vendors",
    )

    @field_validator("vendor_rates", mode="before")
    @classmethod
    def _rates(cls, value: object) -> object:
        return parse_rates(value) if isinstance(value, str) else value

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        check_broker_url(value.get_secret_value().strip())
        return SecretStr(value.get_secret_value().strip())

    @property
    def broker(self) -> str | None:
        """The address of the broker, with its password; None: jobs are taken from PostgreSQL."""
        return self.broker_url.get_secret_value() if self.broker_url is not None else None


def parse_rates(value: str) -> dict[str, int]:
    """`Slack=50, *=600` as requests a minute by vendor, in lower case; ValueError says what is wrong."""
    rates = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, _, rate = part.rpartition("=")
        if not name.strip() or not (rate.strip().isascii() and rate.strip().isdigit() and int(rate)):
            raise ValueError(f"{part!r} must say how many requests a minute, 1 or more: Slack=50,*=600")
        rates[name.strip().lower()] = int(rate)
    return rates


def check_broker_url(url: str) -> None:
    """Refuse what is no address of a broker; ValueError says what is wrong, and never repeats the password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address: a password with : / ? # or @ must be percent-encoded") from None
    if parts.scheme not in SCHEMES:
        raise ValueError("must begin with redis://, rediss://, amqp:// or amqps://")
    if not host or port == 0:
        raise ValueError(f"names no host: {parts.scheme}://user:password@host")
    number = parts.path.strip("/")
    if parts.scheme.startswith("redis") and number and not (number.isascii() and number.isdigit()):
        raise ValueError("a Redis database is a number: redis://host:6379/0")


def without_password(url: str) -> str:
    """The address of a broker as it may be shown: scheme, host, port and path."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
