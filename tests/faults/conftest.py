"""One house for all faults, as long as each of them leaves it whole; and the brokers that it may run with."""

import os
from contextlib import ExitStack

import pytest

from bench.figures import note
from tests.effort import FULL
from tests.faults.house import opened
from tests.faults.load import RATE, SUBSCRIBERS
from tests.faults.parts import virtual_host
from tests.jobs.brokers import own_redis

BROKERS = ("postgresql", "redis", "rabbitmq")


@pytest.fixture(scope="package")
def _standing():
    """The house that stands, and how to build another: {"house": …}."""
    note(
        "faults.load",
        f"{RATE} mutations a second, {SUBSCRIBERS} subscribers; {os.getloadavg()[0]:.0f} processes wanted to run",
    )
    with ExitStack() as stack:
        yield {"stack": stack, "house": None}


@pytest.fixture(scope="package")
def redis(tmp_path_factory):
    """A Redis of our own."""
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="package")
def rabbitmq():
    """A virtual host of our own."""
    with virtual_host(f"muster-faults-{os.getpid()}") as made:
        yield made


@pytest.fixture
def house(_standing):
    """It stands; which broker it runs with is said by `house.on(…)`. One that a test has broken is built anew."""
    if _standing["house"] is None or _standing["house"].broken:
        _standing["stack"].close()
        _standing["house"] = None
        _standing["house"] = _standing["stack"].enter_context(opened())
    return _standing["house"]


EACH = [
    BROKERS[0],
    *(pytest.param(name, marks=pytest.mark.skipif(not FULL, reason="make prove")) for name in BROKERS[1:]),
]


@pytest.fixture(params=EACH)
def by(request, house):
    """The house, by each broker in turn; in a slice by PostgreSQL."""
    return _on(house, request)


@pytest.fixture(params=EACH)
def below_up(request, house):
    """The same below one `muster up`, which looks after its processes."""
    return _on(house, request, up=True)


def _on(house, request, **how):
    if request.param == "postgresql":
        return house.on("postgresql", **how)
    return house.on(request.param, request.getfixturevalue(request.param).url, **how)
