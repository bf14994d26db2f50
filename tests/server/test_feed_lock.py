"""`muster doctor` names whoever keeps everybody from writing."""

import re

import asyncpg

from core.journal import FEED_LOCK
from server.feed_lock import long_holders
from tests.server.processes import muster


async def test_nobody_is_blamed_when_nobody_holds_the_feed_lock(database):
    assert await long_holders(database) == []


async def test_a_session_that_holds_the_feed_lock_is_named_with_what_to_do_about_it(database, database_url):
    holder = await asyncpg.connect(database_url, server_settings={"application_name": "a forgotten psql"})
    try:
        await holder.execute(f"begin; select pg_advisory_xact_lock({FEED_LOCK})")
        (line,) = await long_holders(database)
        assert "a forgotten psql" in line
        assert "idle in transaction" in line
        pid = holder.get_server_pid()
        assert f"process {pid} " in line
        assert line.endswith(f"select pg_terminate_backend({pid})")
        await database_ends(database, pid)
        assert await long_holders(database) == []
    finally:
        holder.terminate()


async def database_ends(database, pid):
    """Do what the line says, and wait until the session is gone."""
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql(f"select pg_terminate_backend({pid}, 5000)")


async def test_a_lock_of_two_keys_or_another_database_is_not_mistaken_for_it(database, database_url):
    other = await asyncpg.connect(database_url)
    try:
        await other.execute(f"begin; select pg_advisory_xact_lock(0, {FEED_LOCK})")
        assert await long_holders(database) == []
    finally:
        other.terminate()


async def test_the_command_says_so_and_fails(database_url, tmp_path):
    holder = await asyncpg.connect(database_url, server_settings={"application_name": "a forgotten psql"})
    try:
        await holder.execute(f"begin; select pg_advisory_xact_lock({FEED_LOCK})")
        done = muster("doctor", DATABASE_URL=database_url, MUSTER_DATA_DIR=tmp_path)
        assert done.returncode == 1
        assert re.search(rf"BAD  process {holder.get_server_pid()} \(a forgotten psql", done.stdout), done.stdout
    finally:
        holder.terminate()
