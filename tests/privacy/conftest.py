"""The endpoint, as tests of the API have it."""

from tests.schema.conftest import client, runtime

__all__ = ["client", "runtime"]
