"""Settings, read once from the environment and validated at start. Every one of them is listed in the README."""

from collections.abc import Sequence
from email.utils import parseaddr
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.archive_settings import ArchiveSettings
from core.broker_settings import BrokerSettings
from core.export_settings import ExportSettings
from core.jwt_settings import JwtSettings
from core.mail_in_settings import MailInSettings
from core.oidc_settings import OidcSettings
from core.process_settings import ProcessSettings
from core.smtp import parse_smtp_url
from core.telemetry_settings import TelemetrySettings


class Environment(StrEnum):
    """Development opens introspection and GraphiQL; production refuses unsafe defaults."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


Hosts = Annotated[tuple[str, ...], NoDecode]


class Settings(
    OidcSettings,
    JwtSettings,
    ExportSettings,
    ArchiveSettings,
    MailInSettings,
    BrokerSettings,
    TelemetrySettings,
    ProcessSettings,
    BaseSettings,
):
    """What Muster reads from its environment."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, populate_by_name=True)

    env: Environment = Field(Environment.DEVELOPMENT, validation_alias="MUSTER_ENV")
    host: str = Field("127.0.0.1", validation_alias="MUSTER_HOST")
    port: int = Field(8000, ge=1, le=65535, validation_alias="MUSTER_PORT")
    data_dir: Path = Field(Path(".muster"), validation_alias="MUSTER_DATA_DIR")
    public_url: str | None = Field(None, validation_alias="MUSTER_PUBLIC_URL", description="Base of every link")
    database_url: str | None = Field(None, validation_alias="DATABASE_URL")
    smtp_url: SecretStr | None = Field(None, validation_alias="SMTP_URL")
    mail_from: str = Field("Muster <muster@localhost>", validation_alias="MUSTER_MAIL_FROM")
    secret_key: SecretStr | None = Field(None, validation_alias="MUSTER_SECRET_KEY")
    webhook_allow_private: bool = Field(
        default=False,
        validation_alias="MUSTER_WEBHOOK_ALLOW_PRIVATE",
        description="Let webhooks post to private and loopback addresses",
    )
    slack_hosts: Hosts = Field(("hooks.slack.com",), validation_alias="MUSTER_SLACK_HOSTS")
    teams_hosts: Hosts = Field(
        ("*.webhook.office.com", "*.logic.azure.com", "*.api.powerplatform.com"), validation_alias="MUSTER_TEAMS_HOSTS"
    )
    replay_days: int = Field(30, ge=1, le=3650, validation_alias="MUSTER_REPLAY_DAYS")
    metric_snapshot_days: int = Field(730, ge=1, le=36_500, validation_alias="MUSTER_METRIC_SNAPSHOT_DAYS")
    change_days: int = Field(400, ge=1, le=36_500, validation_alias="MUSTER_CHANGE_DAYS")
    statuspage_hosts: Hosts = Field((), validation_alias="MUSTER_STATUSPAGE_HOSTS")
    api_hosts: Hosts = Field((), validation_alias="MUSTER_API_HOSTS")
    allow_one_host: bool = Field(default=False, validation_alias="MUSTER_ALLOW_ONE_HOST")
    trusted_proxies: Hosts = Field((), validation_alias="MUSTER_TRUSTED_PROXIES")
    max_body_bytes: int = Field(1_048_576, ge=1024, validation_alias="MUSTER_MAX_BODY_BYTES")
    pool_size: int = Field(10, ge=1, le=200, validation_alias="MUSTER_POOL_SIZE")
    worker_threads: int = Field(8, ge=1, le=64, validation_alias="MUSTER_WORKER_THREADS")
    session_hours: int = Field(14 * 24, ge=1, le=8760, validation_alias="MUSTER_SESSION_HOURS")
    session_idle_hours: int = Field(24, ge=1, le=8760, validation_alias="MUSTER_SESSION_IDLE_HOURS")
    rate_cost_per_minute: int = Field(1_000_000, ge=0, validation_alias="MUSTER_RATE_COST_PER_MINUTE")
    compiled_operations: bool = Field(default=True, validation_alias="MUSTER_COMPILED_OPERATIONS")
    wal_archive: Path | None = Field(
        None, validation_alias="MUSTER_WAL_ARCHIVE", description="Where the embedded PostgreSQL keeps its log"
    )
    trusted_documents_only: bool = Field(default=False, validation_alias="MUSTER_TRUSTED_DOCUMENTS_ONLY")
    log_format: str = Field("text", pattern="^(text|json)$", validation_alias="MUSTER_LOG_FORMAT")

    @field_validator("statuspage_hosts", "api_hosts", "trusted_proxies", "slack_hosts", "teams_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if "@" not in parseaddr(value)[1]:
            raise ValueError("must look like Muster <muster@example.org>")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_smtp_url(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _production_is_split(self) -> Self:
        split = self.statuspage_hosts and self.api_hosts
        if self.env is Environment.PRODUCTION and not split and not self.allow_one_host:
            raise ValueError(
                "production serves the public page and the API on different host names: set MUSTER_STATUSPAGE_HOSTS"
                " and MUSTER_API_HOSTS, or MUSTER_ALLOW_ONE_HOST=true to accept one for both"
            )
        return self

    @cached_property
    def base_url(self) -> str:
        """The base of every link, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def status_url(self) -> str:
        """The base of links to the status page: its own host where it has one, else `base_url`."""
        scheme = self.base_url.partition("://")[0]
        return f"{scheme}://{self.statuspage_hosts[0]}" if self.statuspage_hosts else self.base_url

    @cached_property
    def own_hosts(self) -> frozenset[str]:
        """The host names where the API and the organisation's own status page answer, in lower case."""
        named = (urlsplit(self.base_url).hostname, *self.statuspage_hosts, *self.api_hosts)
        return frozenset(host.lower() for host in named if host)

    def page_url(self, hosts: Sequence[str], slug: str) -> str:
        """The base of links to a further status page: its first host; without one, where it stands in development."""
        base = urlsplit(self.base_url)
        port = f":{base.port}" if base.port and self.development else ""
        return f"{base.scheme}://{hosts[0] if hosts else f'{slug}.localhost'}{port}"

    @property
    def development(self) -> bool:
        """Whether introspection and GraphiQL are open."""
        return self.env is Environment.DEVELOPMENT
