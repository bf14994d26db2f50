"""PostgreSQL is restarted, killed, short of connections, read-only. (A full disk: tests/server/test_disk_full.py.)"""

import time

import psycopg
import pytest

from tests.effort import effort, proof
from tests.server.processes import wait_until

pytestmark = pytest.mark.slow

GONE = effort(1.0, 3.0)
FEW = 14
"""Connections: fewer than the API and two workers keep open."""


@proof
def test_postgresql_is_restarted(by):
    with by.trial("postgresql_restarted") as trial:
        by.postgres.stop()
        time.sleep(GONE)
        by.postgres.start()
        trial.back()


@proof
def test_postgresql_is_killed(by):
    with by.trial("postgresql_killed") as trial:
        by.postgres.kill()
        time.sleep(GONE)
        by.postgres.start()
        trial.back()


def test_postgresql_has_too_few_connections(by):
    with by.trial("postgresql_connections") as trial:
        by.postgres.stop()
        by.postgres.start(f"max_connections={FEW}", "superuser_reserved_connections=0", "reserved_connections=0")
        time.sleep(GONE)
        wait_until(lambda: is_full(by.postgres), "the last connection to be taken")
        by.postgres.stop()
        by.postgres.start()
        trial.back()


def is_full(postgres):
    """Whether a further connection is refused."""
    try:
        postgres.answer("select 1")
    except psycopg.OperationalError as error:
        return "too many clients" in str(error)
    return False


def test_postgresql_takes_no_changes(by):
    with by.trial("postgresql_read_only") as trial:
        refused = by.crowd.said["503 UNAVAILABLE"]
        by.postgres.answer("alter system set default_transaction_read_only = on")
        by.postgres.answer("select pg_reload_conf()")
        time.sleep(GONE)
        wait_until(lambda: by.crowd.said["503 UNAVAILABLE"] > refused, "a change to be refused")
        by.postgres.answer("alter system reset default_transaction_read_only")
        by.postgres.answer("select pg_reload_conf()")
        trial.back()
