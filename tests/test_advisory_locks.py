"""Every advisory lock has a number of its own, which docs/locks.md names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("actions", "auth", "core", "integrations", "jobs", "migrations", "models", "resolvers", "server")
NAMED = re.compile(r"^(\w*LOCKS?) = (\d+)$", re.MULTILINE)
IN_SQL = re.compile(r"pg_advisory_xact_lock(?:_shared)?\((\d+)(,?)")


def numbers():
    """The numbers of locks with one key, and first keys of those with two, by where they are given."""
    single, paired = {}, {}
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for name, number in NAMED.findall(file.read_text()):
                (paired if name.endswith("LOCKS") else single).setdefault(int(number), []).append(f"{file}: {name}")
    return single, paired


def test_no_two_locks_share_a_number():
    for given in numbers():
        assert {number: places for number, places in given.items() if len(places) > 1} == {}


def test_each_is_in_the_document():
    said = (ROOT / "docs" / "locks.md").read_text()
    single, paired = numbers()
    found = {*single, *paired}
    for file in (ROOT / "migrations").rglob("*.py"):
        found |= {int(number) for number, _ in IN_SQL.findall(file.read_text())}
    assert len(found) > 10
    assert sorted(number for number in found if str(number) not in said) == []
