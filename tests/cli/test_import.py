"""`muster import`, against a server: what it carries over, once; and what it says."""

import json

from sqlalchemy import func, select

from models.paging.policy import EscalationPolicy
from models.person import Team, TeamMember, User
from models.schedule.table import Schedule, ScheduleOverride
from models.service import Service
from tests.moving import exports


def export():
    """As PagerDuty's, with overrides that are to come whenever this runs."""
    whole = exports.pagerduty()
    for each in whole["overrides"]:
        each |= {"start": "2090-11-25T00:00:00Z", "end": "2090-11-25T06:00:00Z"}
    whole["users"].append({"id": "U3", "name": "Zoe", "email": "Zoe@quillhaven.example"})
    return whole


async def test_it_shows_then_carries_over_and_again_changes_nothing(cli, tmp_path):
    file, world = tmp_path / "pagerduty.json", cli.world
    file.write_text(json.dumps(export()))
    before = await counted(world)
    shown = await cli("import", "pagerduty", str(file), "--dry-run", "--exit-code", who="ada")
    assert shown.returncode == 5
    for words in ("+name: Zoe", "+Override Primary, ada@", "! schedule Primary, Odd: Its turns are no whole hours"):
        assert words in shown.stdout
    assert await counted(world) == before
    done = await cli("import", "pagerduty", str(file), "--yes", "--json", who="ada")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {(c["kind"], c["key"]): c["action"] for c in told["changes"]} == {
        ("Person", "zoe@quillhaven.example"): "added",
        ("Team", "payments"): "changed",
        ("Schedule", "Primary"): "added",
        ("EscalationPolicy", "Payments"): "added",
        ("Service", "checkout-pay"): "added",
    }
    again = json.loads((await cli("import", "pagerduty", str(file), "--yes", "--json", who="ada")).stdout)
    assert {each["action"] for each in again["changes"]} == {"unchanged"}
    assert again["overrides"] == []
    async with world.database.reading() as reader:
        (policy,) = await reader.rows(EscalationPolicy, select(EscalationPolicy))
        service = await reader.row(Service, select(Service).where(Service.slug == "checkout-pay"))
        (override,) = await reader.rows(ScheduleOverride, select(ScheduleOverride))
        members = select(func.count()).select_from(TeamMember).join(Team, Team.id == TeamMember.team_id)
        assert await reader.scalar(members.where(Team.slug == "payments")) >= 3
    assert (service.escalation_policy_id, override.user_id) == (policy.id, world.users["ada"].id)


async def counted(world):
    async with world.database.reading() as reader:
        return [
            await reader.scalar(select(func.count()).select_from(table))
            for table in (User, Schedule, EscalationPolicy, Service, ScheduleOverride)
        ]


async def test_files_for_apply_and_what_is_wrong_with_the_words(cli, tmp_path):
    file, folder = tmp_path / "opsgenie.json", tmp_path / "out"
    file.write_text(json.dumps(exports.opsgenie()))
    written = await cli("import", "opsgenie", str(file), "--out", str(folder), who="ada")
    assert written.returncode == 0, written.stderr
    assert (folder / "schedules.yaml").exists()
    assert not (folder / "people.yaml").exists()  # everybody is there already
    applied = await cli("apply", str(folder), "--yes", "--json", who="ada")
    assert applied.returncode == 0, applied.stderr
    assert len(json.loads(applied.stdout)["changes"]) == 5
    for words, code, said in (
        (("goalert",), 2, "Name a file"),
        (("pagerduty",), 2, "There is no token"),
        (("pagerduty", str(file), "--from", "http://127.0.0.1:1"), 2, "not both"),
        (("pagerduty", str(tmp_path / "none.json")), 2, "No such file"),
        (("goalert", "--from", "http://127.0.0.1:1", "--token", "x"), 4, "Can't reach"),
        (("nagios",), 2, "nagios"),
    ):
        refused = await cli("import", *words, who="ada")
        assert (refused.returncode, said in refused.stderr) == (code, True), refused.stderr
