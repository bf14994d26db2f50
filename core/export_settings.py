"""Where the static copy of the status page goes: `dir:/path` or `s3://bucket/prefix`."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

DIR, S3 = "dir:", "s3://"


class ExportSettings(BaseSettings):
    """Settings of the export.

    Those of S3 have the names that every tool of AWS reads; what is not set, the library finds as those tools do (the
    role of a machine or a pod).
    """

    export: str | None = Field(None, validation_alias="STATUSPAGE_EXPORT")
    s3_endpoint: str | None = Field(None, validation_alias="AWS_ENDPOINT_URL")
    s3_region: str | None = Field(None, validation_alias="AWS_REGION")
    s3_key_id: str | None = Field(None, validation_alias="AWS_ACCESS_KEY_ID")
    s3_secret: SecretStr | None = Field(None, validation_alias="AWS_SECRET_ACCESS_KEY")
    s3_token: SecretStr | None = Field(None, validation_alias="AWS_SESSION_TOKEN")

    @field_validator("export")
    @classmethod
    def _target(cls, value: str | None) -> str | None:
        if not value:
            return None
        if value.startswith(DIR) and Path(value.removeprefix(DIR)).is_absolute():
            return value
        if value.startswith(S3) and urlsplit(value).hostname:
            return value.rstrip("/")
        raise ValueError("must be dir:/an/absolute/path or s3://bucket/prefix")

    @property
    def export_folder(self) -> Path | None:
        """The folder of the export, if it goes to one."""
        return Path(self.export.removeprefix(DIR)) if self.export and self.export.startswith(DIR) else None

    @property
    def export_bucket(self) -> str | None:
        """The address of the bucket, if it goes to one."""
        return self.export if self.export and self.export.startswith(S3) else None
