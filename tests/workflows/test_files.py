"""Workflows as YAML: read with line and column, and nothing that explodes."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from actions.outward.settings import save_integration
from actions.workflows.files import read_documents
from actions.workflows.saving import save_workflow
from core.db import Database
from core.yaml_files import FileError
from models.workflow import Workflow, WorkflowVersion
from tests.server.processes import ROOT, muster

OURS = """\
key: ours
name: Ours
description: "Night: who is awake?"
trigger:
  events: [incident.declared]
conditions:
  all:
    - severities: [SEV1]
    - time_of_day: {begins: 22:00, ends: 06:00, time_zone: Europe/Berlin}
steps:
  - add_tasks:
      titles:
        - Say what customers notice
  - ask: {question: "Shall we?", choices: [Yes, No], go_on_if: [Yes], on_failure: STOP}
  - wait: {minutes: 5}
"""


def at(text):
    """Where a text is refused, and why."""
    with pytest.raises(FileError) as error:
        read_documents(text)
    return error.value.place.line, error.value.place.column, error.value.message


def test_words_are_words_and_times_are_times():
    (document,) = read_documents(OURS)
    assert document.definition["steps"][1]["ask"]["choices"] == ["Yes", "No"]
    assert document.definition["conditions"]["all"][1]["time_of_day"]["begins"] == "22:00"
    assert document.definition["steps"][2] == {"wait": {"minutes": 5}}
    assert document.own == {"key": "ours", "name": "Ours"}


def test_a_file_of_muster_apply_is_read_too_if_it_is_a_workflow():
    (document,) = read_documents(f"kind: Workflow\n{OURS}")
    assert (document.own, "kind" in document.definition) == ({"key": "ours", "name": "Ours"}, False)
    assert at("key: a\nkind: Team\n") == (2, 7, "This is no Workflow.")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("key: a\nsteps: &s [x]\n", 2, 8, "Anchors"),
        ("key: *s\n", 1, 6, "Anchors"),
        ("key: !!python/object/apply:os.system [x]\n", 1, 6, "Tags"),
        ("key: a\nkey: b\n", 2, 1, "twice"),
        ("- a\n", 1, 1, "object"),
        ("key: [a\n", 2, 1, ""),
        ("key: a\n\tname: b\n", 2, 1, ""),
        ("? [a]\n: b\n", 1, 3, "text"),
        ("key: a\nenabled: perhaps\n", 2, 10, "true or false"),
        ("key: 5\n", 1, 6, "a text"),
        ("steps: " + "[" * 5000, 1, 37, "more than"),
        ("steps:\n" + "  - x\n" * 20_001, 20_000, 5, "more than"),
        ("x" * 300_000, 1, 1, "characters"),
    ],
    ids=range(13),
)
def test_what_is_refused_is_refused_where_it_stands(text, line, column, words):
    found = at(text)
    assert words in found[2]
    assert found[0] == pytest.approx(line, abs=3)
    assert words not in ("Anchors", "Tags", "twice", "a text") or found[:2] == (line, column)


def test_a_bomb_is_refused_before_it_goes_off():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))
    assert at(f"a0: &a0 [x]\n{levels}\n")[:2] == (1, 5)


@pytest.fixture
def command(database_url):
    """`muster workflows …` on the test's database: its exit code, and what it said."""

    def run(*words):
        done = muster("workflows", *words, DATABASE_URL=database_url)
        return done.returncode, done.stdout + done.stderr

    return run


def counted(url):
    """How many workflows, and versions, there are."""

    async def count():
        database = Database(url)
        try:
            async with database.reading() as reader:
                both = (select(func.count()).select_from(model) for model in (Workflow, WorkflowVersion))
                return [await reader.scalar(each) for each in both]
        finally:
            await database.close()

    return asyncio.run(count())


def test_from_a_file_and_back(command, database_url, tmp_path):
    ours = tmp_path / "ours.yaml"
    ours.write_text(OURS)
    code, said = command("diff", "-f", str(tmp_path / "ours.yaml"))
    assert (code, "+key: ours" in said) == (1, True)
    assert counted(database_url) == [5, 5]
    assert command("apply", "-f", str(tmp_path / "ours.yaml")) == (0, "ours: added\n")
    assert command("apply", "-f", str(tmp_path / "ours.yaml")) == (0, "ours: unchanged\n")
    assert command("diff", "-f", str(tmp_path / "ours.yaml")) == (0, "")
    code, exported = command("export", "ours")
    assert read_documents(exported)[0].values == read_documents(OURS)[0].values
    ours.write_text(exported.replace("minutes: 5", "minutes: 7"))
    code, said = command("diff", "-f", str(tmp_path / "ours.yaml"))
    assert [line for line in said.splitlines() if line[:1] in "+-"][2:] == ["-    minutes: 5", "+    minutes: 7"]
    assert command("apply", "-f", str(tmp_path / "ours.yaml")) == (0, "ours: changed\n")
    assert counted(database_url) == [6, 7]


def test_what_can_not_be_read_is_named_and_the_others_are_exported(command, database_url, tmp_path):
    async def spoil():
        database = Database(database_url)
        try:
            async with database.unit_of_work() as session:
                mine = WorkflowVersion.id.in_(select(Workflow.current_version_id).where(Workflow.key == "ours"))
                spoiled = {"trigger": {"manual": True}, "steps": [{"send_fax": {}}]}
                await session.execute(update(WorkflowVersion).where(mine).values(definition=spoiled))
        finally:
            await database.close()

    (tmp_path / "ours.yaml").write_text(OURS)
    assert command("apply", "-f", str(tmp_path / "ours.yaml"))[0] == 0
    asyncio.run(spoil())
    code, said = command("export")
    assert (code, said.count("key: ")) == (1, 5)
    assert "Error: ours: This version of Muster can't read what it does (steps.0" in said


def test_what_muster_starts_with_can_be_exported_and_applied(command, database_url, tmp_path):
    code, exported = command("export")
    assert (code, len(read_documents(exported))) == (0, 5)
    (tmp_path / "all.yaml").write_text(exported)
    assert command("apply", "-f", str(tmp_path / "all.yaml"))[1].count("unchanged") == 5
    assert counted(database_url) == [5, 5]
    assert command("export", "none")[0] == 1


def test_all_errors_are_told_with_line_and_column_and_nothing_is_kept(command, database_url, tmp_path):
    (tmp_path / "good.yaml").write_text(OURS)
    bad = OURS.replace("key: ours", "key: theirs").replace("minutes: 5", "minutes: 0").replace("SEV1", "SEV9")
    (tmp_path / "bad.yaml").write_text(bad)
    code, said = command("apply", "-f", str(tmp_path / "good.yaml"), "-f", str(tmp_path / "bad.yaml"))
    assert code == 1
    assert "bad.yaml:15:21: Input should be greater than or equal to 1." in said
    (tmp_path / "bad.yaml").write_text(bad.replace("minutes: 0", "minutes: 5"))
    code, said = command("apply", "-f", str(tmp_path / "good.yaml"), "-f", str(tmp_path / "bad.yaml"))
    assert "bad.yaml:8:20: There is no severity 'SEV9'." in said
    assert counted(database_url) == [5, 5]
    (tmp_path / "bad.yaml").write_text("key: ours\nsteps: *all\n")
    assert "bad.yaml:2:8: Anchors" in command("apply", "-f", str(tmp_path / "bad.yaml"))[1]


async def test_the_guide_s_example_is_good(world):
    guide = (ROOT / "docs/guides/workflows.md").read_text()
    (document,) = read_documents(guide.partition("```yaml\n")[2].partition("```")[0])
    config = {"token": "xoxb-1", "base_url": "http://127.0.0.1:9"}
    await world.do(save_integration, world.ada, vendor="slack", configuration=config)
    given = {**document.own, "definition": document.definition}
    assert (await world.do(save_workflow, world.ada, **given)).key == "night"
