"""Settings of how many processes there are, of how they end, and of what lies between them and the database."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

MOST = 64


class ProcessSettings(BaseSettings):
    """How many processes `muster up`, `api` and `worker` start, and what they tell load balancers."""

    processes: int = Field(1, ge=1, le=MOST, validation_alias="MUSTER_PROCESSES")
    workers: int = Field(1, ge=1, le=MOST, validation_alias="MUSTER_WORKERS")
    drain_seconds: float = Field(1.0, ge=0, le=300, validation_alias="MUSTER_DRAIN_SECONDS")
    """After SIGTERM: how long `/readyz` says "stopping" while requests are answered as ever."""
    ready_jobs: bool = Field(default=False, validation_alias="MUSTER_READY_JOBS")
    """Whether `/readyz` is 503 when no worker runs or jobs wait for long. `muster up` turns it on for its own."""
    pooler: Literal["none", "transaction"] = Field("none", validation_alias="DATABASE_POOLER")
    """What DATABASE_URL leads to: PostgreSQL itself, or a pooler that gives each transaction any connection."""
    replica_urls: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="DATABASE_REPLICA_URL")
    """Replicas that answer queries; several by comma."""
    database_direct_url: str | None = Field(None, validation_alias="DATABASE_DIRECT_URL")

    @field_validator("replica_urls", mode="before")
    @classmethod
    def _by_comma(cls, value: object) -> object:
        found = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        for url in found if isinstance(found, list) else ():
            if not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
                raise ValueError("must begin with postgresql://")
        return tuple(found) if isinstance(found, list) else found

    @property
    def pooled(self) -> bool:
        """Whether nothing on a connection outlives a transaction."""
        return self.pooler == "transaction"

    def direct(self, url: str) -> str:
        """Where LISTEN, locks of sessions and migrations go: past the pooler, if `url` (DATABASE_URL) leads to one."""
        return self.database_direct_url or url

    @model_validator(mode="after")
    def _direct_beside_pooler(self) -> Self:
        if self.pooled and self.database_direct_url is None:
            raise ValueError(
                "DATABASE_POOLER=transaction needs DATABASE_DIRECT_URL: LISTEN, locks of sessions and migrations can't"
                " go through a pooler"
            )
        return self
