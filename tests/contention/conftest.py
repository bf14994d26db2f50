"""Tests of contention may speak to the endpoint too."""

from tests.schema.conftest import client, runtime

__all__ = ["client", "runtime"]
