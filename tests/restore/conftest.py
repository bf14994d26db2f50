"""Where clusters live, and what is the same in every test about them."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from migrations.apply import migrate
from tests.conftest import in_memory
from tests.restore.clusters import Server


@pytest.fixture
def folder():
    """A folder that the server's user can reach; its path is short, for sockets."""
    with tempfile.TemporaryDirectory(prefix="muster-tests-", dir=in_memory()) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def servers():
    """Stops, at the end, whatever servers are put on it."""
    with ExitStack() as running:
        yield running


@pytest.fixture
async def primary(folder, servers):
    """A cluster of its own with a migrated database."""
    server = Server.made_in(folder / "primary")
    servers.callback(server.stop)
    await migrate(server.url)
    return server
