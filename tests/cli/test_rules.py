"""`muster rules`: the routing rules as a file."""

import pytest

from actions.alerts.rule_files import read_rules
from tests.server.processes import ROOT, muster

RULES = """\
---
rules:
- name: Web
  matchers:
    team: web
  condition: title.contains("disk")
  group_by:
  - cluster
- name: Rest
  matchers: {}
  create_incident: NEVER
"""


@pytest.fixture
def command(database_url):
    """Run `muster rules`; its code and all that it said."""

    def run(*words):
        done = muster("rules", *words, DATABASE_URL=database_url)
        return done.returncode, done.stdout + done.stderr

    return run


def test_from_a_file_and_back(command, tmp_path):
    ours = tmp_path / "rules.yaml"
    ours.write_text(RULES)
    code, said = command("diff", "-f", str(ours))
    assert (code, "+- name: Web" in said) == (1, True)
    assert command("export") == (0, "---\nrules: []\n")
    assert command("apply", "-f", str(ours)) == (0, "version 1: 2 rules\n")
    assert command("apply", "-f", str(ours)) == (0, "version 1: unchanged\n")
    assert command("diff", "-f", str(ours)) == (0, "")
    assert command("export") == (0, RULES)


def test_what_is_wrong_is_told_with_line_and_column_and_nothing_is_kept(command, tmp_path):
    ours = tmp_path / "rules.yaml"
    for wrong, place, words in (
        (RULES.replace("contains", "contain"), "6:14", "Column 7: There is no function 'contain'."),
        (RULES.replace("NEVER", "SOON"), "11:20", "'SOON' is unknown."),
        (RULES.replace("group_by", "group_bye"), "8:3", "A rule has no field 'group_bye'."),
        (RULES.replace("rules:", "rule:"), "3:1", "There is no field 'rule' here."),
        ("rules: *all\n", "1:8", "Anchors"),
    ):
        ours.write_text(wrong)
        code, said = command("apply", "-f", str(ours))
        assert code == 1
        assert f"rules.yaml:{place}: {words}" in said
    assert command("export") == (0, "---\nrules: []\n")


def test_the_guide_s_example_can_be_read():
    guide = (ROOT / "docs/guides/routing.md").read_text()
    assert len(read_rules(guide.partition("```yaml\n")[2].partition("```")[0]).values["rules"]) > 2


def test_a_payload_is_tried_on_rules_of_a_file_that_are_not_saved(command, tmp_path):
    ours, payload = tmp_path / "rules.yaml", tmp_path / "alert.json"
    ours.write_text(RULES)
    payload.write_text('{"title": "Disk full", "labels": {"team": "db"}}')
    code, said = command("try", str(payload), "-f", str(ours))
    assert (code, said.splitlines()) == (0, [
        "Disk full",
        "  not Web: team must be 'web', and is 'db'.",
        "  rule Rest",
        "  - It is kept, and makes no incident, as its rule says.",
    ])  # fmt: skip
    code, said = command("try", str(payload), "--json")
    assert (code, '"rule": null' in said, '"fate": "KEPT"' in said) == (0, True, True)
