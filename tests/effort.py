"""How much a test tries: a slice in `make test`, everything in `make prove` (MUSTER_PROVE=full)."""

import os
from typing import TypeVar

import pytest

T = TypeVar("T")

FULL = os.environ.get("MUSTER_PROVE") == "full"

proof = pytest.mark.skipif(not FULL, reason="takes long, and another test tries a part of it: make prove")
"""Marks a test of which a shorter one tries the same ways."""


def effort(short: T, full: T) -> T:
    """The number of rounds, seconds or rows: `short` in every run of the tests, `full` in a proof."""
    return full if FULL else short
