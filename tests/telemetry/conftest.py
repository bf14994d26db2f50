"""Real workers beside a whole application."""

from tests.jobs.conftest import bench, broker_url

__all__ = ["bench", "broker_url"]
