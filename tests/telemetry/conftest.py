"""Real workers beside a whole application."""

from tests.jobs.conftest import bench

__all__ = ["bench"]
