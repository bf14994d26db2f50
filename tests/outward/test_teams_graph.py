"""A channel in Microsoft Teams for an incident: one, whatever Graph does; and no app speaks there."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.responses import Response

from actions.members import add_member
from actions.outward.channels import archive_channel, open_channel
from actions.outward.settings import save_integration
from actions.outward.vendors import checked
from actions.runbooks.opening import open_runbook
from actions.runbooks.saving import save_runbook
from actions.severity_changes import change_severity
from core.errors import DomainError
from integrations import client, teams_graph_api
from integrations.app_tokens import AppTokens
from integrations.client import VendorClient
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable
from integrations.ports import Member
from integrations.teams_graph import NEEDED, VENDOR, open_teams_graph
from models.integration import OutwardAction
from models.words import Visibility
from tests.journeys.product import serving
from tests.outward.desk import MATTER, Desk, read
from tests.outward.graph_double import APP, Team

BEN, CHI, OUT = (Member(1, "ben@shop.example"), Member(2, "o'chi@shop.example"), Member(3, "out@shop.example"))


@pytest.fixture
async def team(monkeypatch):
    monkeypatch.setattr(teams_graph_api, "_tokens", AppTokens())
    made = Team()
    async with serving(made.app()) as address:
        made.address = address
        made.given = {**APP, "base_url": f"{address}/v1.0", "login_url": f"{address}/login"}
        yield made


def opened(there, **changes):
    return open_teams_graph({**there.given, **changes}, lambda a: VendorClient(replace(a, allow_private=True)))


async def test_a_channel_says_what_it_is_about_has_a_tab_and_is_found_again_among_many(team):
    there = opened(team)
    for number in range(10, 15):
        await there.open_channel(
            replace(MATTER, reference=f"INC-{number}", url=MATTER.url + str(number)[1:]), again=False
        )
    made = await there.open_channel(MATTER, again=True)
    channel = team.channels[made.external_id]
    assert (channel["displayName"], channel["membershipType"]) == ("inc-1-checkout-is-down", "standard")
    assert channel["description"] == f"{MATTER.url}\nSEV1 · Response · nobody yet\nCheckout is down"
    assert [tab["configuration"]["websiteUrl"] for tab in channel["tabs"]] == [MATTER.url]
    assert made.url.startswith("https://teams.microsoft.com/l/channel/")
    assert await there.open_channel(replace(MATTER, title="Renamed"), again=True) == made
    assert (len(team.channels), len(channel["tabs"]), len(team.tokens)) == (6, 1, 1)


async def test_a_name_that_is_taken_is_looked_up_and_left_to_whoever_has_it(team):
    team.deleted.add("inc-1-checkout-is-down")
    made = await opened(team).open_channel(MATTER, again=False)
    assert team.channels[made.external_id]["displayName"] == "inc-1-checkout-is-down-2"
    assert await opened(team).open_channel(MATTER, again=False) == made, "ours, that came into being meanwhile"
    team.deleted = {f"inc-2-checkout-is-down{end}" for end in ("", *(f"-{number}" for number in range(2, 10)))}
    with pytest.raises(Permanent, match="change channel_name"):
        await opened(team).open_channel(replace(MATTER, reference="INC-2", url=f"{MATTER.url}2"), again=False)


async def test_a_private_incident_is_between_its_members(team):
    team.know(BEN.email, CHI.email, "boss@shop.example")
    team.know(OUT.email, inside=False)
    secret = replace(MATTER, private=True, title="Layoffs leaked", members=(OUT, BEN, CHI, Member(4, "x@y.example")))
    there = opened(team, owner="boss@shop.example")
    made = await there.open_channel(secret, again=False)
    channel = team.only()
    assert (channel["displayName"], channel["membershipType"]) == ("inc-1", "private")
    assert channel["people"] == [team.people[BEN.email], team.people[CHI.email]], "nobody else, not even the owner"
    assert made.uninvited == (3, 4)
    assert "Layoffs" not in str(team.asked)
    made = await there.follow_channel(replace(secret, members=(BEN, OUT)), made.external_id, invite=True)
    assert (len(channel["people"]), made.uninvited) == (2, (3,))
    team.channels.clear()
    with pytest.raises(Permanent, match="nobody can own its private channel"):
        await there.open_channel(replace(secret, members=(OUT,)), again=False)
    public = await opened(team, private_channels=True, owner="boss@shop.example").open_channel(MATTER, again=False)
    assert team.channels[public.external_id]["people"] == [team.people["boss@shop.example"]]


async def test_it_follows_the_incident_unless_somebody_wrote_something_else_and_is_archived(team):
    there = opened(team)
    made = await there.open_channel(MATTER, again=False)
    await there.follow_channel(
        replace(MATTER, severity="SEV2", bridge="https://call.example/1"), made.external_id, invite=True
    )
    assert "SEV2 · Response" in team.only()["description"]
    assert "Call: https://call.example/1" in team.only()["description"]
    await there.follow_channel(replace(MATTER, private=True, title="Leak"), made.external_id, invite=True)
    assert "SEV2" in team.only()["description"], "others read it"
    team.only()["description"] = "Read the runbook"
    await there.follow_channel(MATTER, made.external_id, invite=False)
    assert team.only()["description"] == "Read the runbook"
    for _ in range(2):
        await there.archive_channel(made.external_id)
    assert team.only()["isArchived"] is True
    assert len(team.posts("/archive")) == 1
    before = len(team.asked)
    await there.follow_channel(MATTER, made.external_id, invite=True)
    assert len(team.asked) == before + 1, "an archived one is left alone"


async def test_tokens_are_kept_and_asked_for_anew_and_what_is_refused_says_what_to_mend(team, monkeypatch):
    team.seconds = 30
    made = await opened(team).open_channel(MATTER, again=False)
    assert len(team.tokens) > 1, "shortly before its end one is not used any more"
    team.seconds, team.tokens = 3600, ["gone"]
    await opened(team).follow_channel(MATTER, made.external_id, invite=False)
    team.roles -= {"ChannelSettings.ReadWrite.All", "TeamsTab.Create"}
    with pytest.raises(Permanent, match="consent to ChannelSettings"):
        await opened(team).archive_channel(made.external_id)
    await opened(team).open_channel(replace(MATTER, reference="INC-2", url=f"{MATTER.url}2"), again=False)
    with pytest.raises(Permanent, match="Correct `team`"):
        await opened(team, team=APP["client_id"]).open_channel(MATTER, again=False)
    team.does = [Response(status_code=429, headers={"retry-after": "11"})]
    with pytest.raises(Retryable) as slow:
        await opened(team).archive_channel(made.external_id)
    assert slow.value.after == 11
    monkeypatch.setattr(client, "SECONDS", 0.3)
    team.does = ["lost"]
    with pytest.raises(Ambiguous):
        await opened(team).open_channel(replace(MATTER, reference="INC-3", url=f"{MATTER.url}3"), again=False)
    await opened(team).open_channel(replace(MATTER, reference="INC-3", url=f"{MATTER.url}3"), again=True)
    assert [each["displayName"][:5] for each in team.channels.values()] == ["inc-1", "inc-2", "inc-3"]
    team.secret = "another"
    monkeypatch.setattr(teams_graph_api, "_tokens", AppTokens())
    with pytest.raises(AuthExpired, match="enter its value, and not its id"):
        await opened(team).archive_channel(made.external_id)


async def test_an_examination_names_each_permission_that_is_missing(team):
    found, _ = read(await opened(team).check())
    assert list(found) == ["client_secret", *NEEDED, "team"]
    assert set(found.values()) == {"OK"}
    team.roles = {"Channel.Create"}
    found, words = read(await opened(team).check())
    assert [name for name, result in found.items() if result == "OK"] == ["client_secret", "Channel.Create"]
    assert "application permission" in words["TeamsTab.Create"]
    assert "consent to Channel.ReadBasic.All" in words["team"]
    team.secret = "another"
    found, words = read(await opened(team).check())
    assert found == {"client_secret": "WRONG"}


@pytest.mark.parametrize("field", ["client_id", "team", "tenant", "owner"])
def test_a_configuration_that_can_not_be_is_refused_at_its_field(field):
    with pytest.raises(DomainError) as error:
        checked(VENDOR, {**APP, field: "no/thing"})
    assert error.value.field == f"configuration.{field}"


async def test_a_drill_through_it_and_nothing_is_said_where_no_app_may_speak(team, world, tmp_path):
    desk = Desk(world, tmp_path, "teams-graph", team)
    team.know(*(f"{name}@quillhaven.example" for name in ("ben", "chi")))
    desk.account = await world.do(save_integration, world.ada, vendor="teams-graph", configuration=team.given)
    incident = await desk.declare(visibility=Visibility.PRIVATE)
    ref = {"incident": incident.reference}
    await world.do(open_channel, world.ben, **ref, integration="teams-graph")
    team.does = [None, None, "failed afterwards"]
    assert await desk.run()
    await desk.run_on()
    assert team.only()["people"] == [team.people["ben@quillhaven.example"]]
    await world.do(save_runbook, world.ada, name="All", body="- [ ] Look")
    await world.do(open_runbook, world.ben, **ref, runbook="All")
    await world.do(add_member, world.ben, **ref, user=world.id_of("chi"))
    await world.do(change_severity, world.ben, **ref, severity="SEV2", reason="Smaller.")
    await desk.run("outward.follow")
    await desk.run_on()
    assert len(team.only()["people"]) == 2
    async with world.database.reading() as reader:
        rows = await reader.rows(OutwardAction, select(OutwardAction))
    assert {str(row.verb) for row in rows} == {"OPEN_CHANNEL", "FOLLOW_CHANNEL"}, "nothing is ordered to be said"
    await world.do(archive_channel, world.ben, **ref)
    await desk.run()
    assert team.only()["isArchived"] is True
