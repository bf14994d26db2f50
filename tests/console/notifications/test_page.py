"""Paging in the command centre: ways and rules, policies, who was paged for an incident, and the link that answers."""

from actions.paging.links import link_of
from core import ids
from models.paging.contact import ContactMethod
from models.paging.policy import EscalationPolicyVersion
from models.paging.run import Page
from server.asgi import build_app
from tests.actions.paging.calls import declared, pages, rows, runs
from tests.console.desk import browser
from tests.console.desk import words as text_of
from tests.console.lists.conftest import Browser

HERE = "/console/notifications"


def words(page):
    return text_of(page.text)


async def at(sits, person):
    return Browser((await sits(person)).client)


async def test_ways_are_added_verified_ordered_and_given_up_without_javascript(world, sits):
    ben = await at(sits, "ben")
    page = await ben.get(HERE)
    assert "Only the mail of your account so far." in words(page)
    refused = await ben.send(page, "add", way="MAIL", address="nowhere")
    assert refused.status_code == 422
    assert "This is no address of that kind." in words(refused)
    assert (await ben.send(page, "add", way="SMS", address="+15550100")).status_code == 409
    assert (await ben.send(page, "add", way="MAIL", address="ben@home.example", label="Home")).status_code == 303
    (row,) = await rows(world, ContactMethod)
    page = await ben.get(HERE)
    assert "Home · Another e-mail address · …mple · not verified" in words(page)
    ref = ids.encode("ContactMethod", row.id)
    assert "That is another code." in words(await ben.post(f"{HERE}/verify", method=ref, code="AAAAAAAA"))
    code = world.database.keys.open(row.sealed_code)
    assert (await ben.post(f"{HERE}/verify", method=ref, code=code)).status_code == 303
    page = await ben.get(HERE)
    kept = {"high.0.method": ref, "high.0.after_minutes": "3", "high.1.method": "account", "high.1.after_minutes": "0"}
    assert (await ben.send(page, "rules", **kept, quiet_from="22:00", quiet_until="")).status_code == 422
    assert (await ben.send(page, "rules", **kept, quiet_from="22:00", quiet_until="06:00")).status_code == 303
    page = await ben.get(HERE)
    assert 'value="22:00"' in page.text
    assert page.text.index('value="account" selected') < page.text.index(f'value="{ref}" selected')
    assert (await ben.post(f"{HERE}/test", method=ref)).status_code == 303
    assert (await ben.post(f"{HERE}/delete", method=ref)).status_code == 303
    assert (await ben.get(f"{HERE}/delete")).headers["location"] == HERE


async def test_a_policy_is_kept_in_settings_and_the_incident_shows_who_was_paged_until_somebody_answers(
    world, sits, runtime
):
    dov, ben = await at(sits, "dov"), await at(sits, "ben")
    blank = await dov.get("/console/settings/escalation/new")
    people = {name: f"person {world.id_of(name)}" for name in ("ben", "chi")}
    lines = {"steps.0.step": "1", "steps.0.minutes": "7", "steps.0.target": people["ben"]}
    lines |= {"steps.1.step": "2", "steps.1.target": people["chi"]}
    lines |= {"steps.2.step": "2", "steps.2.target": f"team {ids.encode('Team', world.teams['payments'].id)}"}
    saved = await dov.send(blank, "row", name="Shop", repeat="1", fallback="yes", **lines)
    assert saved.status_code == 303, words(saved)
    (version,) = await rows(world, EscalationPolicyVersion)
    assert [(each["after_minutes"], len(each["targets"])) for each in version.definition["steps"]] == [(7, 1), (5, 2)]
    assert "Shop" in words(await dov.get("/console/settings/escalation"))
    incident = await declared(world, actor="ada", services=[])
    address = f"/console/incidents/{incident.reference}"
    page = await ben.get(address)
    assert "Shop is paging Ben Silva asked" in words(page)
    done = await dov.post(f"{address}/do/escalate", _key="k")
    assert done.status_code == 303, words(done)
    assert await pages(world) == [("ben", 1, "ASKED"), ("chi", 2, "ASKED")]
    (first, _) = await rows(world, Page)
    link = link_of(world.database.keys, "", first.id, world.clock.now())
    async with browser(build_app(runtime)) as http:
        stranger = Browser(http)
        for _ in range(2):  # a scanner of mails, then the person
            assert f"{incident.reference} needs you" in words(await stranger.get(link))
        assert await runs(world) == ["RUNNING"]
        assert f"You have {incident.reference}" in words(await stranger.post(link))
        assert f"You have {incident.reference}" in words(await stranger.post(link))
        assert await runs(world) == ["ACKNOWLEDGED"]
        other = link_of(world.database.keys, "", first.id + 1, world.clock.now())
        assert f"Ben Silva has {incident.reference}" in words(await stranger.get(other))
        assert (await stranger.get(f"{link}0")).status_code == 410
    assert "Shop was answered Ben Silva acknowledged Chi Tran stopped" in words(await ben.get(address))
