"""Sources that are posted to."""

import pytest

from actions.alerts.sources import create_alert_source, hook_path
from core.ids import encode
from tests.integrations.sources.posting import Source, client_of


@pytest.fixture
async def source(world):
    async with client_of(world.database) as client:

        async def make(kind):
            row, key = await world.do(create_alert_source, world.ada, kind=kind, name=kind)
            return Source(client, encode("AlertSource", row.id), hook_path(row, key))

        yield make
