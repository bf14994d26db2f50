"""Journeys begin with a running product and an organisation in it."""

import pytest

from tests.journeys.product import running


@pytest.fixture
async def muster(world, tmp_path, database_url):
    """The whole product: see tests.journeys.product."""
    async with running(world, tmp_path, database_url) as product:
        yield product
