"""Where the processes of these tests keep their data."""

import tempfile
from pathlib import Path

import pytest

from tests.conftest import in_memory


@pytest.fixture
def folder():
    """A data folder that every user can reach: pytest closes its own to others, each time it is started."""
    with tempfile.TemporaryDirectory(prefix="muster-test-", dir=in_memory()) as base:
        Path(base).chmod(0o755)
        yield Path(base) / "data"
