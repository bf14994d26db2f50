"""Where old rows go by themselves, and when (ADR 0047)."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

LEAST_DAYS = 30
"""Nothing younger leaves the database, whoever asks; SQL holds everybody to it (migrations, v0053)."""


class ArchiveSettings(BaseSettings):
    """Settings of the archive. Without a place nothing is archived by itself."""

    archive_to: str | None = Field(None, validation_alias="MUSTER_ARCHIVE_TO")
    """`dir:/path` or `s3://bucket/prefix`; for S3 the variables AWS_… say how, as for the export."""
    archive_after_days: int = Field(400, ge=LEAST_DAYS, le=36_500, validation_alias="MUSTER_ARCHIVE_AFTER_DAYS")

    @field_validator("archive_to")
    @classmethod
    def _place(cls, value: str | None) -> str | None:
        if not value:
            return None
        if value.startswith("dir:") and Path(value.removeprefix("dir:")).is_absolute():
            return value
        if value.startswith("s3://") and urlsplit(value).hostname:
            return value.rstrip("/")
        raise ValueError("must be dir:/an/absolute/path or s3://bucket/prefix")
