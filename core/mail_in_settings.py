"""Where mail of monitors is taken: `MUSTER_SMTP_LISTEN` and what belongs to it. Without it, nobody listens."""

import ipaddress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings


class MailInSettings(BaseSettings):
    """Settings of the listener for mail."""

    smtp_listen: str | None = Field(None, validation_alias="MUSTER_SMTP_LISTEN", description="host:port")
    smtp_domain: str | None = Field(None, validation_alias="MUSTER_SMTP_DOMAIN")
    smtp_certificate: Path | None = Field(None, validation_alias="MUSTER_SMTP_CERTIFICATE")
    smtp_certificate_key: Path | None = Field(None, validation_alias="MUSTER_SMTP_CERTIFICATE_KEY")

    @field_validator("smtp_listen")
    @classmethod
    def _listen(cls, value: str | None) -> str | None:
        if not value:
            return None
        listen_address(value)
        return value

    @model_validator(mode="after")
    def _whole_certificate(self) -> Self:
        if self.smtp_certificate_key is not None and self.smtp_certificate is None:
            raise ValueError("MUSTER_SMTP_CERTIFICATE_KEY needs MUSTER_SMTP_CERTIFICATE, the certificate of this key")
        return self

    def mail_domain(self, base_url: str) -> str:
        """What stands behind the @ of alert sources' addresses: the setting, else the host of the base URL."""
        if self.smtp_domain:
            return self.smtp_domain.strip().lstrip("@")
        host = urlsplit(base_url).hostname or "localhost"
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host
        return "localhost"


def listen_address(value: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[::1]:25` or `:25` (all addresses); ValueError says what is wrong."""
    host, colon, port = value.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004 (the largest port)
        raise ValueError("must look like 0.0.0.0:2525, or [::]:2525")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError("an IPv6 address stands in brackets: [::]:2525")
    return host.strip("[]"), int(port)
