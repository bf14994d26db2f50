"""People in Settings: invited by a link that is shown once, their rights, and the browsers that they use."""

import re

import httpx
from sqlalchemy import select

from actions.reports import report_incident
from actions.roles import assign_role
from core.ids import encode
from models.access import BrowserSession
from models.person import TeamMember, User
from tests.console.desk import BASE, OURS
from tests.erasing.person import NAME, Life

NEW = "/console/settings/people/new"
FAY = {"name": "Fay Moss", "email": "fay@quillhaven.example"}


def path_of(world, name):
    return f"/console/settings/people/{world.id_of(name)}"


def secret_in(page):
    found = re.search(r'<pre class="said" id="secret">(.*?)</pre>', page.text)
    return found[1] if found else None


async def person(world, name):
    async with world.database.reading() as reader:
        return await reader.row(User, select(User).where(User.name == name))


async def test_an_invitation_shows_its_link_once_and_it_lets_in(world, ada, application):
    await ada.read(NEW)
    form = ada.form(NEW)
    page = await ada.send(NEW, 200, form=form, **FAY)
    link = secret_in(page)
    assert link.startswith(f"{BASE}/auth/link/msl_")
    assert page.headers["cache-control"] == "no-store"
    again = await ada.send(NEW, 200, form=form, **FAY)
    assert secret_in(again) is None
    assert "This form was sent before" in again.text
    address = re.search(r'class="btn" href="(/console/settings/people/[^"]+)"', again.text)[1]
    assert link not in (await ada.client.get(address)).text
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE) as fay:
        assert (await fay.post(link, headers=OURS)).status_code == 303
        assert "Fay Moss" in (await fay.get("/console/settings")).text
    assert len(await world.events(None, "access.granted")) == 1


async def test_a_link_for_somebody_who_is_here_already(world, ada, ben):
    path = path_of(world, "chi")
    await ada.read(path)
    page = await ada.send(f"{path}/link", 200)
    assert "/auth/link/" in secret_in(page)
    refused = await ben.send(f"{path}/link", 403, form={"_key": "once more"})
    assert "administer_people" in refused.text


async def test_only_an_admin_is_given_sight_of_private_incidents_and_nobody_takes_their_own_rights(world, ada):
    path = path_of(world, "dov")
    await ada.read(path)
    refused = await ada.send(path, 422, sees_private="yes")
    assert "Only an admin can have this right." in refused.text
    await ada.read(path)
    await ada.send(path, sees_private="yes", access_role="ADMIN")
    assert (await person(world, "Dov Levi")).sees_private
    assert "sees private incidents" in await ada.read("/console/settings/people")
    own = path_of(world, "ada")
    await ada.read(own)
    refused = await ada.send(own, 409, access_role="VIEWER")
    assert "You can&#39;t take this from yourself" in refused.text
    assert (await person(world, "Ada Okafor")).access_role == "ADMIN"


async def test_sessions_are_shown_to_admins_and_ended(world, ada, ben, visit):
    path = path_of(world, "ben")
    await visit("ben")
    said = await ada.read(path)
    assert said.count("An unknown browser") == 2
    async with world.database.reading() as reader:
        first = (await reader.rows(BrowserSession, select(BrowserSession).order_by(BrowserSession.id)))[1]
    await ada.send(f"{path}/sessions", form={"session": encode("Session", first.id)})
    await ben.read("/console/settings", 303)
    assert (await ada.read(path)).count("An unknown browser") == 1
    await ada.send(f"{path}/sessions", form={"_key": "once more"})
    assert "Not signed in anywhere." in await ada.read(path)
    assert len(await world.events(None, "person.signed_out")) == 2
    another = await visit("chi")
    assert "Signed in" not in await another.read(path)
    await another.send(f"{path}/sessions", 403, form={"_key": "once more"})


async def test_who_leaves_is_out_at_once_and_the_last_admin_stays(world, ada, ben):
    path = path_of(world, "ben")
    await ada.read(path)
    await ada.send(f"{path}/part", confirm="  Ben   Silva ")
    await ben.read("/console/settings", 303)
    own = path_of(world, "ada")
    await ada.read(own)
    refused = await ada.send(f"{own}/part", 409, confirm="Ada Okafor")
    assert "is the last admin" in refused.text
    assert not (await person(world, "Ada Okafor")).archived


async def test_members_of_a_team_are_ticked_and_a_manager_chosen(world, visit):
    dov = await visit("dov")
    path = f"/console/settings/teams/{encode('Team', world.teams['payments'].id)}"
    await dov.read(path)
    assert sorted(dov.form(path)["members"]) == sorted([world.id_of("ben"), world.id_of("chi")])
    await dov.send(path, members=[world.id_of("chi"), world.id_of("eve")], manager=world.id_of("dov"))
    async with world.database.reading() as reader:
        held = await reader.execute(select(TeamMember.user_id).where(TeamMember.team_id == world.teams["payments"].id))
    assert {row.user_id for row in held} == {world.users["chi"].id, world.users["eve"].id}
    assert "Chi Tran, Eve Novak Dov Levi" in await dov.read("/console/settings/teams")
    gone = encode("User", 999)
    await dov.read(path)
    refused = await dov.send(path, 422, members=[gone])
    assert "There is no user" in refused.text


async def test_an_erasure_is_shown_before_it_is_done_and_nothing_of_it_comes_back(world, ada, ben):
    life = await Life.lived(world)
    path = f"/console/settings/people/{life.reference}"
    assert f'href="{path}/erase"' in (await ada.client.get(path)).text
    assert "Identities of providers: 1" in await ada.read(f"{path}/erase")
    shown = (await ada.client.get(f"{path}/erase")).text
    links = re.findall(rf'href="(/console/incidents/{life.incident.reference}/erase/[^"]+)"', shown)
    assert len(links) > 3
    assert all([(await ada.client.get(link)).status_code == 200 for link in links])
    assert "Erase this text" in await ada.read(links[0])
    await ada.read(f"{path}/erase")
    wrong = await ada.send(f"{path}/erase", 422, reason="Request 4711", confirm="Somebody")
    assert "This is not the name" in wrong.text
    named = await ada.send(f"{path}/erase", 422, reason=f"{NAME} asked", confirm=NAME)
    assert "The reason names the person" in named.text
    await ada.read(f"{path}/erase")
    await ada.send(f"{path}/erase", reason="Request 4711", confirm=NAME)
    after = (await ada.client.get(path)).text
    assert f"Erased person {life.key}" in after
    assert "Who this was is not known any more" in after
    assert NAME not in after
    assert "erased.invalid" not in after
    assert "Bring back" not in after
    assert "<form" not in after.partition("<main")[2].partition("</main>")[0]
    assert NAME not in await ada.read("/console/settings/people")
    assert (await ben.client.get(f"{path}/erase")).status_code == 403
    assert "erased before" in (await ada.client.get(f"{path}/erase")).text


async def test_who_is_needed_can_not_be_erased_and_the_page_says_for_what(world, ada):
    incident = await world.do(report_incident, world.ben, title="Odd")
    about = {"incident": incident.reference, "role": "scribe", "user": world.id_of("chi")}
    await world.do(assign_role, world.ada, **about)
    shown = await ada.read(f"{path_of(world, 'chi')}/erase")
    assert f"Scribe of {incident.reference}" in shown
    assert "Erase for good" not in shown
