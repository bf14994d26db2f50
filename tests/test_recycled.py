"""A database that is used again is as the template was; one that can't be is dropped."""

import psycopg
import pytest

from tests.conftest import _create, _drop
from tests.recycled import MANY, USES, Copy, Template
from tests.server.processes import wait_until

TEAMS = "insert into team(slug, name, created_at) select 'team-' || n, 'Team', now() from generate_series(1, {}) n"


@pytest.fixture
def copy(cluster, administrator, peopled):
    """A database of an organisation that nobody has used."""
    name, address = "muster_recycled", cluster.replace("/postgres?", "/muster_recycled?")
    _create(administrator, name, peopled[0])
    yield Copy(name, address, Template.read(name, address))
    _drop(administrator, name)


def run(copy, *statements):
    with psycopg.connect(copy.address) as connection:
        for statement in statements:
            connection.execute(statement)


def restored(administrator, copy):
    """Whether it was restored when all connections had ended."""
    connected = "select 1 from pg_stat_activity where datname = %s"
    wait_until(lambda: not administrator.execute(connected, [copy.name]).fetchone(), "all connections to end")
    return copy.restored(administrator)


def test_rows_and_numbers_are_those_of_the_template(administrator, copy):
    run(
        copy,
        TEAMS.format(3),
        "update app_user set name = 'Somebody'",
        "delete from service_component",
        "select nextval('maintenance_number')",
    )
    assert Template.read(copy.name, copy.address) != copy.template
    assert restored(administrator, copy)
    assert Template.read(copy.name, copy.address) == copy.template


def test_what_was_restored_is_restored_again(administrator, copy):
    for _ in range(3):
        run(copy, "delete from team_member", TEAMS.format(1))
        assert restored(administrator, copy)
        assert Template.read(copy.name, copy.address) == copy.template


def test_what_was_rolled_back_leaves_nothing_but_its_numbers(administrator, copy):
    with psycopg.connect(copy.address) as connection:
        connection.execute(TEAMS.format(3))
        connection.rollback()
    assert Template.read(copy.name, copy.address) != copy.template
    assert restored(administrator, copy)
    assert Template.read(copy.name, copy.address) == copy.template


@pytest.mark.parametrize(
    "statement",
    [
        "create table other(id bigint)",
        "alter table team add column colour text",
        "alter table event disable trigger user",
        "create or replace function more() returns int language sql as 'select 1'",
        "select lo_create(0)",
        "analyze team",
        "truncate team_member",
        "alter database muster_recycled set jit = off",
        "alter database muster_recycled with connection limit 5",
        TEAMS.format(MANY + 1),
    ],
)
def test_one_that_is_not_what_it_was_is_not_used_again(administrator, copy, statement):
    run(copy, statement)
    assert not restored(administrator, copy)


def test_one_that_somebody_uses_is_left_to_them(administrator, copy):
    with psycopg.connect(copy.address):
        assert not copy.restored(administrator)


def test_none_is_used_for_ever(administrator, copy):
    copy.uses = USES
    assert not restored(administrator, copy)


def test_tests_after_each_other_are_given_the_same_ones(fresh_database, peopled):
    given = []
    for _ in range(12):
        with fresh_database(peopled[0]) as address:
            given.append(address)
    assert len(set(given)) < len(given)
