"""`muster apply`: files say what a server has; applied twice, they change nothing more."""

import json

from sqlalchemy import select, text

from actions.catalogue.teams import save_team
from core.ids import encode
from models.alert import RoutingRule
from models.person import Team, TeamMember
from models.service import Service
from tests.server.processes import muster

EVERYTHING = """\
kind: Workflow
key: night
name: Night
trigger: {events: [incident.declared]}
conditions:
  all:
    - severities: [SEV1]
    - time_of_day: {begins: 22:00, ends: 06:00, time_zone: Europe/Berlin}
    - none: [{kinds: [DRILL]}]
    - labels: {RegionName: eu-1}
steps:
  - add_tasks: {titles: [Look]}
  - open_runbook: {runbook: Reports are late}
  - ask: {question: "Do customers know?", choices: [Yes, No], go_on_if: [Yes], minutes: 15, on_failure: STOP}
  - publish_update: {body: We look into it.}
---
kind: Service
slug: reports
name: Reports
owner: data
components: [reports, Search]
runbook_url: https://runbooks.quillhaven.example/reports
---
kind: Component
name: Reports
group: Back office
---
kind: Team
slug: data
name: Data
members: [chi@quillhaven.example, BEN@quillhaven.example]
manager: ada@quillhaven.example
---
kind: Role
key: press
name: Press
duties: Talks to the press.
---
kind: Severity
name: SEV3
definition: Something small.
obligations: {pages: NOBODY, required_roles: [commander, press], postmortem_required: false}
---
kind: Runbook
name: Reports are late
service: reports
severity: SEV3
body: |
  - [ ] Look at the queue
---
kind: RoutingRule
name: Reports
matchers: {job: reports, AlertName: "=~Late.*"}
service: reports
create_incident: ASK
page: Figures
ask_minutes: 30
join_open: true
join_upstream: true
---
kind: EscalationPolicy
name: Figures
team: data
steps: [{after_minutes: 5, targets: [{person: chi@quillhaven.example}]}]
---
kind: UpdateTemplate
name: Looking
audience: INTERNAL
body: We look into {{ what }}.
variables: [{name: what, label: What}]
---
kind: PostmortemTemplate
name: Money
service: reports
sections: [{key: money, title: Money, guidance: "How much did it cost?"}]
---
kind: FactorKind
key: docs
name: Documents
description: When they lied.
position: 20
---
kind: Schedule
name: Figures primary
team: data
zone: Europe/Berlin
layers:
  - name: Days
    participants: [chi@quillhaven.example, ben@quillhaven.example]
    kind: WEEKLY
    weekday: 1
    start: 2026-01-05
    windows: [{start: 08:00, end: 20:00, days: [1, 2, 3, 4, 5]}]
  - {name: Rest, participants: [ada@quillhaven.example], kind: DAILY, start: 2026-01-05, hand_over: 00:00}
country: DE
free_days: [{day: 2026-12-24, name: Christmas Eve}]
"""


def error_of(done):
    return json.loads(done.stderr)["error"]


async def applied(cli, *arguments):
    done = await cli("apply", *arguments, "--json", who="ada")
    assert done.returncode == 0, done.stderr
    return {change["key"]: (change["action"], *change["fields"]) for change in json.loads(done.stdout)["changes"]}


async def test_a_folder_of_everything_is_applied_once(cli, world, tmp_path):
    folder = tmp_path / "muster"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git/other.yaml").write_text("this: is hidden")
    (folder / "all.yaml").write_text(EVERYTHING)
    before = len(await world.events())
    tried = await cli("apply", str(folder), "--dry-run", who="ada")
    assert tried.returncode == 0, tried.stderr
    assert "+slug: reports" in tried.stdout
    assert "-definition: 'Minor:" in tried.stdout
    assert "13 things to change, 0 as they should be." in tried.stderr
    assert len(await world.events()) == before, "a trial changes nothing"

    first = await applied(cli, str(folder))
    assert {action for action, *_ in first.values()} == {"added", "changed"}
    assert first["SEV3"] == ("changed", "definition", "obligations")
    after = len(await world.events())
    again = await applied(cli, str(folder))
    assert set(again.values()) == {("unchanged",)}
    assert len(await world.events()) == after
    async with world.database.reading() as reader:
        service = await reader.row(Service, select(Service).where(Service.slug == "reports"))
        team = await reader.row(Team, select(Team).where(Team.slug == "data"))
    assert service.owner_id == team.id

    (folder / "all.yaml").write_text(
        EVERYTHING.replace("minutes: 15", "minutes: 20").replace("name: Data", "name: Figures")
    )
    changed = await applied(cli, str(folder))
    assert {key: fields for key, (action, *fields) in changed.items() if action == "changed"} == {
        "night": ["steps"],
        "data": ["name"],
    }


async def test_workflows_as_they_are_exported_are_as_they_should_be(cli, database_url, tmp_path):
    exported = muster("workflows", "export", DATABASE_URL=database_url)
    file = tmp_path / "workflows.yaml"
    file.write_text(exported.stdout)
    found = await applied(cli, str(file))
    assert set(found.values()) == {("unchanged",)}
    assert len(found) >= 5


async def test_what_a_file_leaves_out_stays_and_what_it_says_is_null_goes(cli, world, tmp_path):
    file = tmp_path / "services.yaml"
    file.write_text("kind: Service\nslug: checkout-api\nrunbook_url: https://a.example/\n")
    assert (await applied(cli, str(file)))["checkout-api"] == ("changed", "runbook_url")
    file.write_text("kind: Service\nslug: checkout-api\nowner: null\ncomponents: []\n")
    assert (await applied(cli, "-f", str(file)))["checkout-api"] == ("changed", "components", "owner")
    async with world.database.reading() as reader:
        row = await reader.row(Service, select(Service).where(Service.slug == "checkout-api"))
    assert (row.owner_id, row.runbook_url) == (None, "https://a.example/")
    await world.do(save_team, world.ada, id=encode("Team", world.teams["platform"].id), archived=True)
    file.write_text("kind: Team\nslug: platform\n")
    assert (await applied(cli, str(file)))["platform"] == ("changed", "archived"), "what stands in a file is in use"
    assert (await applied(cli, str(file)))["platform"] == ("unchanged",)


async def test_everything_that_is_wrong_is_told_with_its_place_and_nothing_is_changed(cli, world, tmp_path):
    good = tmp_path / "a.yaml"
    good.write_text("kind: Team\nslug: fine\nname: Fine\n")
    bad = tmp_path / "b.yaml"
    bad.write_text(
        "kind: Team\nslug: fine\nnam: Fine\n---\nkind: Srvice\n---\nkind: Component\nname: 7\n---\n- a\n---\nslug: x\n"
    )
    before = len(await world.events())
    done = await cli("apply", str(good), str(bad), who="ada")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{bad}:10:1: A document is an object: it begins with `kind:`.",
    ]
    bad.write_text(bad.read_text().replace("- a\n---\n", ""))
    done = await cli("apply", str(good), str(bad), who="ada")
    assert [line.removeprefix(f"{bad}:").partition(" ")[0] for line in done.stderr.splitlines()] == [
        *("2:7:", "3:6:", "5:7:", "8:7:", "8:7:", "10:1:")
    ]
    assert "Did you mean Service?" in done.stderr
    bad.write_text(
        "kind: Team\nslug: t\nname: T\nmembers:\n  - ben@quillhaven.example\n  - nobody@quillhaven.example\n"
    )
    unknown = await cli("apply", str(good), str(bad), "--json", who="ada")
    assert unknown.returncode == 2
    (place,) = error_of(unknown)["places"]
    assert (place["file"], place["line"], place["column"], place["field"]) == (str(bad), 6, 5, "members.1")
    assert len(await world.events()) == before


async def test_a_refusal_of_the_server_is_told_with_its_place(cli, tmp_path):
    file = tmp_path / "w.yaml"
    steps = "kind: Workflow\nkey: w\nname: W\ntrigger: {manual: true}\nsteps:\n  - wait: {minutes: 0}\n"
    file.write_text(f"kind: Team\nslug: first\nname: First\n---\n{steps}  - add_tasks: {{titles: []}}\n")
    done = await cli("apply", str(file), "--json", who="ada")
    assert done.returncode == 1
    error = error_of(done)
    assert [(place["line"], place["column"]) for place in error["places"]] == [(10, 21), (11, 25)]
    assert [each["key"] for each in error["applied"]] == ["first"], "it says what was done before"
    file.write_text(f"{steps}  - waitt: {{minutes: 3}}\n")
    done = await cli("apply", str(file), who="ada")
    assert done.stderr.splitlines()[-1].startswith(f"{file}:7:5: ")
    forbidden = await cli("apply", str(file), who="ben")
    assert forbidden.returncode == 1


async def test_a_rule_that_pages_asks_and_joins_what_is_above_is_told_what_can_not_stand(cli, world, tmp_path):
    file = tmp_path / "rules.yaml"
    policy = (
        "kind: EscalationPolicy\nname: Web\nsteps: [{after_minutes: 5, targets: [{person: ben@quillhaven.example}]}]"
    )
    begun = f"{policy}\n---\nkind: RoutingRule\nname: Asked\nmatchers: {{}}\n"
    for lines, code, place, words in (
        ("create_incident: NEVER\npage: Wbe\n", 2, "9:7", "There is no EscalationPolicy 'Wbe'"),
        ("create_incident: NEVER\npage: 7\n", 2, "9:7", "This is not a text."),
        ("create_incident: ASK\nask_minutes: soon\n", 2, "9:14", "This is not a number."),
        ("create_incident: ASK\nask_minutes: 0\n", 1, "9:14", "0 can't stand here."),
        ("create_incident: ASK\npage: Web\n", 1, "5:1", "This rule does not say after how many minutes"),
        ("page: web\n", 1, "8:7", "A rule pages for alerts that become no incident by themselves."),
        ("join_upstream: true\n", 1, "8:16", "A rule that joins no open incident joins none"),
        ('join_upstream: "yes"\n', 2, "8:16", "This is not true or false."),
    ):
        file.write_text(begun + lines)
        done = await cli("apply", str(file), who="ada")
        assert (done.returncode, f"{file}:{place}: {words}" in done.stderr) == (code, True), (lines, done.stderr)
    async with world.database.reading() as reader:
        assert await reader.row(RoutingRule, select(RoutingRule).where(RoutingRule.name == "Asked")) is None

    file.write_text(begun + "create_incident: NEVER\npage: web\n")
    assert (await applied(cli, str(file)))["Asked"] == ("added", "create_incident", "matchers", "name", "page")
    assert set((await applied(cli, str(file))).values()) == {("unchanged",)}
    asked = "create_incident: ASK\nask_minutes: 20\npage: null\nservice: checkout-api\njoin_open: true\n"
    file.write_text(f"{begun}{asked}join_upstream: true\n")
    fields = ("ask_minutes", "create_incident", "join_open", "join_upstream", "page", "service")
    assert (await applied(cli, str(file)))["Asked"] == ("changed", *fields)
    exported = muster("rules", "export", DATABASE_URL=world.database.url).stdout
    (tmp_path / "all.yaml").write_text(exported)
    assert {"ask_minutes: 20", "join_upstream: true"} <= {line.strip() for line in exported.splitlines()}
    assert muster("rules", "diff", "-f", str(tmp_path / "all.yaml"), DATABASE_URL=world.database.url).stdout == ""


async def test_at_a_terminal_it_asks_first(cli, world, tmp_path):
    file = tmp_path / "team.yaml"
    file.write_text("kind: Team\nslug: data\nname: Data\n")
    async with cli.terminal("apply", str(file), who="ada") as terminal:
        seen = await terminal.until("Change 1 thing?")
        assert "+name: Data" in seen
        await terminal.types("n")
        assert await terminal.end() == 1
    async with world.database.reading() as reader:
        assert await reader.row(Team, select(Team).where(Team.slug == "data")) is None


async def test_people_beyond_the_first_thousand_are_found_by_their_address(cli, world, tmp_path):
    async with world.database.unit_of_work() as session:
        many = "insert into app_user (name, email, access_role, created_at) select 'A ' || n, 'a' || n || '@q.example',"
        await session.execute(text(f"{many} 'RESPONDER', now() from generate_series(1, 1001) as n"))
        last = type(world.users["ben"])(
            name="Zoe", email="zoe@q.example", access_role="RESPONDER", created_at=world.clock.now()
        )
        session.add(last)
        await session.flush()
        key = last.id
    file = tmp_path / "team.yaml"
    file.write_text("kind: Team\nslug: late\nname: Late\nmembers: [zoe@q.example, ben@quillhaven.example]\n")
    await applied(cli, str(file))
    async with world.database.reading() as reader:
        team = await reader.row(Team, select(Team).where(Team.slug == "late"))
        found = await reader.execute(select(TeamMember.user_id).where(TeamMember.team_id == team.id))
    assert {row.user_id for row in found} == {key, world.users["ben"].id}
    file.write_text("kind: Team\nslug: late\nname: Late\nmembers: [zo@q.example]\n")
    refused = await cli("apply", str(file), "--yes", who="ada")
    assert "There is no person 'zo@q.example'" in refused.stderr
