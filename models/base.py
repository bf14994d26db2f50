"""What every table shares."""

import enum
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Enum, ForeignKey, Identity, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Base(DeclarativeBase):
    """Declarative base: bigint keys, text without length (actions bound it), timestamps with a zone, JSONB."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own spelling)
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
        list[int]: JSONB,
        # Text and not a native type: adding a word is then no migration that locks a table.
        enum.Enum: Enum(enum.Enum, native_enum=False, length=32),
    }


Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
"""A primary key that PostgreSQL counts up."""


def points_to(column: str, *, primary_key: bool = False, index: bool = False) -> Any:
    """A foreign key column; deleting what it points to is refused."""
    return mapped_column(BigInteger, ForeignKey(column), primary_key=primary_key, index=index)
