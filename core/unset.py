"""The third thing that an input can be besides null and a value: absent."""

from enum import Enum


class Unset(Enum):
    """The type of `UNSET`: `title: str | None | Unset = UNSET`; type checkers narrow it by `is UNSET`."""

    UNSET = "unset"


UNSET = Unset.UNSET
"""The field was not given: leave what it would set as it is. Null, in contrast, clears it (contract, "Rules")."""
