"""How a consumer of the job table waits."""

import time

from jobs.broker import LEASE, connector
from jobs.consumer import JobConsumer
from jobs.leases import Leases
from models.job import QUEUE

WORDS = 50
PAUSE = 0.2


def test_any_number_of_notifications_is_one_pause(database_url):
    """A queue that leaves the others a pause after each word would fall behind by hours while many are told."""
    connect = connector(database_url)
    consumer = JobConsumer(
        connect, Leases(connect, LEASE), QUEUE, prefetch=4, timeout=PAUSE, lease=LEASE, pause=PAUSE
    )  # fmt: skip
    try:
        assert next(consumer) is None
        with connect() as other:
            for _ in range(WORDS):
                other.execute("notify muster_job")
        began = time.monotonic()
        assert next(consumer) is None
        assert time.monotonic() - began < PAUSE * WORDS / 2
    finally:
        consumer.close()
