"""Tests of resolvers go through the real endpoint too: what counts is what clients get."""

from tests.schema.conftest import client, runtime

__all__ = ["client", "runtime"]
