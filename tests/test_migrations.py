"""Migrations that old and new code can both run under (expand, then contract): the others are refused (ADR 0048).

Each is carried out on a database of its own, and what it says is read by squawk (https://squawkhq.com/docs/rules).
"""

import asyncio
import json
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, text

from migrations.apply import build, config
from tests.plans import FIXED

SINCE = "0048"
"""Those before were there when the rule came, and no version had been released."""

BREAKS = {
    "ban-drop-column": "old code still reads it: stop using it in one version, drop it in the next",
    "ban-drop-table": "old code still reads it: stop using it in one version, drop it in the next",
    "renaming-column": "old code knows the old name: add another one, write both, drop the old one in the next version",
    "renaming-table": "old code knows the old name",
    "adding-required-field": "old code does not fill it in: give it a default, or let it be null",
    "adding-not-nullable-field": "old code may write null: add a check that is NOT VALID, validate it, then set it",
    "changing-column-type": "old code has the old one: add another column",
    "constraint-missing-not-valid": "it holds up every write meanwhile: add it NOT VALID, and validate it later",
    "adding-foreign-key-constraint": "it holds up every write meanwhile: add it NOT VALID, and validate it later",
    "disallowed-unique-constraint": "it holds up every write meanwhile",
    "ban-truncate-cascade": "old code still reads it",
    "require-concurrent-index-creation": "its table grows: say it in `concurrently`, not in `upgrade`",
}
DROPPED = re.compile(r"\s*drop (function|view|sequence|trigger|type)\b", re.IGNORECASE)
OF_TABLE = re.compile(r"\bindex\b.*?\bon\s+(?:only\s+)?\"?(\w+)", re.IGNORECASE | re.DOTALL)
CHANGES = re.compile(r"\s*(set|create|alter|drop|truncate|comment)\b", re.IGNORECASE)


def objections(statements: list[str]) -> list[str]:
    """What is wrong with the statements of a migration, each in one line."""
    found = [f"{line.strip()[:80]}: old code may use it" for line in statements if DROPPED.match(line)]
    text, starts = "", []
    for statement in statements:
        starts.append(text.count("\n"))
        text += statement.strip().rstrip(";") + ";\n"
    files = distribution("squawk-cli").files or []
    (tool,) = [Path(str(file.locate())).resolve() for file in files if file.name in ("squawk", "squawk.exe")]
    command = [tool, "--assume-in-transaction", "--pg-version=15", "--reporter=json"]
    told = subprocess.run([*command, "--stdin-filepath=m.sql"], input=text, capture_output=True, text=True, check=False)
    for problem in json.loads(told.stdout):
        rule = problem["rule_name"]
        statement = statements[max(n for n, start in enumerate(starts) if start <= problem["line"])]
        if rule == "syntax-error":
            found.append(f"{problem}: {statement[:80]}")
        elif rule in BREAKS and not (rule.endswith("index-creation") and OF_TABLE.search(statement)[1] in FIXED):
            found.append(f"{statement.strip()[:80]}: {rule}: {BREAKS[rule]}")
    return found


def said_by(url: str) -> dict[str, tuple[list[str], object]]:
    """The statements of each migration since SINCE, by its number, and how it is marked."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = {}
    try:
        with engine.begin() as connection:
            script = ScriptDirectory.from_config(config(connection))
            for revision in reversed(list(script.walk_revisions())):
                said: list[str] = []

                def note(_connection, _cursor, statement, *_, said=said) -> None:
                    if CHANGES.match(statement) and "alembic_version" not in statement:
                        said.append(statement)

                event.listen(connection, "before_cursor_execute", note)
                command.upgrade(config(connection), revision.revision)
                event.remove(connection, "before_cursor_execute", note)
                if revision.revision >= SINCE:
                    found[revision.revision] = said, getattr(revision.module, "contract", None)
    finally:
        engine.dispose()
    return found


def test_old_code_can_run_under_every_new_migration(fresh_database):
    """One that contracts says so: `contract = ("0.3.0", "Nothing reads event.old since 0.2.0.")`."""
    with fresh_database("template1") as url:
        migrations = said_by(url)
    assert SINCE in migrations
    for number, (said, contract) in migrations.items():
        assert said[0].startswith("set local lock_timeout"), f"{number}: as migrations/script.py.mako has it"
        if contract is not None:
            version, reason = contract
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{number}: the version from which on nothing uses it"
            assert len(reason) > 20, f"{number}: why no code that may still run uses it"
            continue
        assert objections(said) == [], f"{number}: old code could not run under it (docs/guides/upgrading.md)"


@pytest.mark.parametrize(
    "statement",
    [
        "alter table event drop column data",
        "alter table event rename column data to facts",
        "alter table event rename to happening",
        "alter table event add column place text not null",
        "alter table event alter column data set not null",
        "alter table event alter column data type json",
        "alter table event add constraint some check (id > 0)",
        "alter table event add constraint other foreign key (incident_id) references incident(id)",
        "alter table event add constraint third unique (number)",
        "create index on event (kind)",
        "create unique index some on alert(title)",
        "drop table event",
        "drop function journal_write",
    ],
)
def test_what_old_code_could_not_run_under_is_refused(statement):
    assert len(objections(["set local lock_timeout = '2s'", statement])) >= 1


@pytest.mark.parametrize(
    "statement",
    [
        "alter table event add column place text",
        "alter table event add column place text not null default ''",
        "alter table event add constraint some check (id > 0) not valid",
        "create table place (id bigint generated by default as identity primary key, name text not null)",
        "create index on severity (key)",
        "create function two() returns int language plpgsql as $$ begin drop table some; return 2; end $$",
    ],
)
def test_what_it_can_run_under_is_not(statement):
    assert objections(["set local lock_timeout = '2s'", statement]) == []


async def test_indexes_of_growing_tables_are_built_beside_writes_and_what_was_left_unfinished_anew(world):
    statement = "create index concurrently if not exists tried on event (kind, recorded_at)"
    engine = world.database.engine
    async with engine.begin() as connection:
        await connection.exec_driver_sql("create index tried on event (kind)")
        await connection.exec_driver_sql("create index theirs on event (kind)")
        await connection.exec_driver_sql(
            "update pg_index set indisvalid = false where indexrelid in ('tried'::regclass, 'theirs'::regclass)"
        )
    await asyncio.gather(build(engine, [statement]), build(engine, [statement]))
    async with world.database.looking() as reader:
        found = "select pg_get_indexdef(indexrelid), indisvalid from pg_index where indexrelid = 'tried'::regclass"
        ((definition, valid),) = await reader.execute(text(found))
        assert (await reader.execute(text("select to_regclass('theirs') is not null")))[0][0], "somebody else's"
    assert valid
    assert definition.endswith("(kind, recorded_at)")
    with pytest.raises(ValueError, match="not as it must be written"):
        await build(engine, ["create index concurrently on event (kind)"])
