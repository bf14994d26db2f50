"""Settings of how many processes there are, and of how they end."""

from pydantic import Field
from pydantic_settings import BaseSettings

MOST = 64


class ProcessSettings(BaseSettings):
    """How many processes `muster up`, `api` and `worker` start, and what they tell load balancers."""

    processes: int = Field(1, ge=1, le=MOST, validation_alias="MUSTER_PROCESSES")
    workers: int = Field(1, ge=1, le=MOST, validation_alias="MUSTER_WORKERS")
    drain_seconds: float = Field(1.0, ge=0, le=300, validation_alias="MUSTER_DRAIN_SECONDS")
    """After SIGTERM: how long `/readyz` says "stopping" while requests are answered as ever."""
    ready_jobs: bool = Field(default=False, validation_alias="MUSTER_READY_JOBS")
    """Whether `/readyz` is 503 when no worker runs or jobs wait for long. `muster up` turns it on for its own."""
