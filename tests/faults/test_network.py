"""The network between Muster and PostgreSQL, its broker and its mail server is cut, slow, or swallows everything."""

import time

import pytest

from tests.effort import FULL, effort

pytestmark = pytest.mark.slow

LONG = effort(1.5, 5.0)
SLOW = 0.1
"""Seconds each way."""
WAYS = {"cut": ("cut",), "slow": ("delay", SLOW), "hole": ("hole",)}
SLICE = {("postgresql", "hole")}


def some(*lanes):
    """Lanes and what becomes of them; in a slice some of them."""
    return [
        pytest.param(
            lane,
            way,
            id=f"{lane}-{way}",
            marks=pytest.mark.skipif(not (FULL or (lane, way) in SLICE), reason="make prove"),
        )
        for lane in lanes
        for way in WAYS
    ]


@pytest.mark.parametrize(("lane", "way"), some("postgresql", "smtp"))
def test_the_network(by, lane, way):
    _breaks(by, lane, way)


@pytest.mark.parametrize(("lane", "way"), some("broker"))
@pytest.mark.parametrize(
    "broker", ["redis", pytest.param("rabbitmq", marks=pytest.mark.skipif(not FULL, reason="make prove"))]
)
def test_the_network_to_a_broker(request, house, broker, lane, way):
    house.on(broker, request.getfixturevalue(broker).url)
    _breaks(house, lane, way)


def _breaks(house, lane, way):
    with house.trial(f"network_{lane}_{way}") as trial:
        house.proxy.tell(lane, *WAYS[way])
        time.sleep(LONG)
        house.proxy.tell(lane, "through")
        trial.back()
