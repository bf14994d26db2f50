"""Declaring: what the form says before, what it makes, once, and what it shows before a duplicate is made."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from console.declare.consequence import calls, obliges
from models.incident import Incident, IncidentMember, IncidentService
from models.role import Role
from models.severity import Obligations
from models.words import IncidentKind, PagingScope, Stage, Visibility
from tests.console.desk import OURS
from tests.console.lists.conftest import counting, words

FORM = "/console/declare"


async def made(world):
    async with world.database.reading() as reader:
        return await reader.rows(Incident, select(Incident).order_by(Incident.id))


async def test_what_follows_from_each_severity_is_said_beside_it(world, browse):
    said = words(await (await browse("ben")).get(FORM))
    everybody = len(world.users)
    assert f"Calls all hands now: {everybody} people." in said
    assert "Calls who is on call for the services" in said
    assert "Calls who is on call for the services in business hours." in said
    assert "Incident Commander" in said
    assert "within 10 min" in said
    assert "Updates: internal every" in said
    assert "I don’t know how bad it is" in said
    assert "In UTC." in said


async def test_one_form_declares_with_everything_in_it(world, browse):
    ben = await browse("ben")
    page = await ben.get(FORM)
    answer = await ben.send(
        page,
        "declare",
        title="Checkout fails",
        services=["checkout-api", "search-api"],
        severity="SEV1",
        since="2026-11-24T02:41",
        private="yes",
        members="chi@quillhaven.example, Dov Levi",
        labels="region=eu-1\ntier = gold",
    )
    (incident,) = await made(world)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/incidents/{incident.reference}")
    assert (incident.title, incident.stage, incident.visibility, incident.kind) == (
        "Checkout fails",
        Stage.RESPONSE,
        Visibility.PRIVATE,
        IncidentKind.REAL,
    )
    assert incident.impact_started_at.isoformat() == "2026-11-24T02:41:00+00:00"
    assert incident.labels == {"region": "eu-1", "tier": "gold"}
    async with world.database.reading() as reader:
        touched = await reader.rows(IncidentService, select(IncidentService))
        members = await reader.rows(IncidentMember, select(IncidentMember))
    assert {row.service_id for row in touched} == {row.id for row in world.services.values()}
    assert {row.user_id for row in members} == {world.users[name].id for name in ("ben", "chi", "dov")}
    assert len(await world.events(incident.id, "incident.declared")) == 1


async def test_the_form_is_read_in_the_viewer_s_zone(world, browse):
    ben = await browse("ben")
    await ben.post("/console/look", zone="Asia/Kolkata")
    page = await ben.get(FORM)
    assert "In Asia/Kolkata." in words(page)
    await ben.send(page, "declare", title="Checkout fails", severity="SEV2", since="2026-11-24T08:00")
    (incident,) = await made(world)
    assert incident.impact_started_at.isoformat() == "2026-11-24T02:30:00+00:00"


async def test_who_does_not_know_how_bad_it_is_reports_it(world, browse):
    ben = await browse("ben")
    page = await ben.get(FORM)
    for _ in range(2):
        answer = await ben.send(page, "declare", title="Odd noises", severity="UNKNOWN", since="2026-11-24T02:41")
        assert answer.status_code == 303
    (incident,) = await made(world)
    assert (incident.stage, incident.severity_version_id) == (Stage.DETECTION, None)
    assert incident.impact_started_at.isoformat() == "2026-11-24T02:41:00+00:00"
    drill = await ben.send(await ben.get(FORM), "declare", title="A game", severity="UNKNOWN", drill="yes")
    assert (drill.status_code, "A drill needs a severity" in words(drill)) == (422, True)
    await ben.send(await ben.get(FORM), "declare", title="A game", severity="SEV3", drill="yes")
    assert [row.kind for row in await made(world)] == [IncidentKind.REAL, IncidentKind.DRILL]


async def test_sent_twice_it_is_declared_once_though_the_first_is_now_alike(world, browse):
    ben = await browse("ben")
    page = await ben.get(FORM)
    fields = {"title": "Checkout fails for every customer", "severity": "SEV1"}
    first, second = [await ben.send(page, "declare", **fields) for _ in range(2)]
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(await made(world)) == 1
    other = await ben.send(page, "declare", title="Something else altogether", severity="SEV3")
    assert other.status_code in (409, 422)
    assert len(await made(world)) == 1


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"title": " "}, "title", "This is needed."),
        ({"title": "x" * 201}, "title", "at most 200 are kept"),
        ({"severity": None}, "severity", "Nobody said how bad it is."),
        ({"severity": "SEV9"}, "severity", "There is no severity"),
        ({"services": "nope"}, "services", "There is no service"),
        ({"since": "2026-11-25T00:00"}, "since", "is in the future"),
        ({"since": "noon"}, "since", "is not a time"),
        ({"labels": "region"}, "labels", "is no label"),
        ({"members": "zoe"}, "members", "There is no person"),
    ],
)
async def test_a_bad_form_comes_back_with_the_reason_and_all_that_was_written(world, browse, given, field, reason):
    ben = await browse("ben")
    fields = {"title": "Checkout fails", "severity": "SEV2", "labels": "a=b", "members": "Chi Tran", **given}
    answer = await ben.send(await ben.get(FORM), "declare", **fields)
    assert answer.status_code in (404, 422)
    assert reason in words(answer)
    assert 'aria-describedby="fault-declare' in answer.text
    for name in ("title", "labels", "members"):
        assert f'value="{fields[name]}"' in answer.text, name
    if fields["severity"] == "SEV2":
        assert 'value="SEV2" required checked' in answer.text
    assert await made(world) == []
    assert field


async def test_a_duplicate_is_shown_once_before_it_is_made(world, browse):
    await world.do(
        declare_incident,
        world.chi,
        title="Checkout fails for all customers",
        severity="SEV3",
        services=["checkout-api"],
    )
    ben = await browse("ben")
    fields = {"title": "Checkout fails for every customer", "severity": "SEV1", "services": "checkout-api"}
    answer = await ben.send(await ben.get(FORM), "declare", **fields)
    assert answer.status_code == 409
    assert "Something very much like this is open." in words(answer)
    assert "Checkout fails for all customers" in words(answer)
    assert "Declare anyway" in words(answer)
    assert 'value="SEV1" required checked' in answer.text
    assert len(await made(world)) == 1
    anyway = await ben.send(answer, "declare", **fields)
    assert (anyway.status_code, len(await made(world))) == (303, 2)
    unlike = await ben.send(await ben.get(FORM), "declare", title="Mails are late", severity="SEV3")
    assert unlike.status_code == 303


async def test_what_is_alike_is_told_as_one_types_and_never_what_is_hidden(world, browse):
    await world.do(
        declare_incident, world.ada, title="Checkout keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    await world.do(declare_incident, world.ada, title="Checkout is slow", severity="SEV2", kind=IncidentKind.DRILL)
    await world.do(declare_incident, world.chi, title="Checkout times out for everybody", severity="SEV2")
    ben, ada = await browse("ben"), await browse("ada")
    asked = f"{FORM}/alike?title=Checkout+times+out+keys+leaked"
    shown = words(await ben.get(asked))
    assert "Checkout times out for everybody" in shown
    assert "In common:" in shown
    assert "led by" not in shown
    assert "leaked" not in shown.replace("Nothing", "")
    assert "Checkout keys leaked" in words(await ada.get(asked))
    assert "Nothing that is open looks like this." in words(await ben.get(f"{FORM}/alike?title=Ch"))
    hidden = await ben.send(await ben.get(FORM), "declare", title="Checkout keys leaked", severity="SEV1")
    assert hidden.status_code == 303, "what one may not see does not show in what happens"


async def test_who_may_only_read_is_told_so(world, browse):
    eve = await browse("eve")
    page = await eve.get(FORM)
    assert (page.status_code, "form-declare" in page.text) == (403, False)
    refused = await eve.post(FORM, title="Checkout fails", severity="SEV1")
    assert refused.status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    ben = await browse("ben")
    assert (await ben.post(FORM, foreign, title="Checkout fails", severity="SEV1")).status_code == 403
    ben.http.cookies.clear()
    out = await ben.post(FORM, OURS, title="Checkout fails", severity="SEV1")
    assert (out.status_code, "Checkout fails" in out.text) == (401, True)
    assert await made(world) == []


async def test_what_is_alike_takes_as_many_questions_for_many_as_for_few(world, browse):
    async def count():
        with counting(world) as sent:
            assert (await ben.get(f"{FORM}/alike?title=Checkout+fails&services=checkout-api")).status_code == 200
        return len(sent)

    ben = await browse("ben")
    for number in range(2):
        await world.do(declare_incident, world.chi, title=f"Checkout fails {number}", severity="SEV2")
    few = await count()
    for number in range(12):
        await world.do(
            declare_incident, world.chi, title=f"Checkout fails, {number}", severity="SEV2", services=["checkout-api"]
        )
    assert abs(await count() - few) <= 1, "the names of services in common are one more"
    assert few <= 14


def test_what_a_severity_obliges_to_is_put_into_words():
    nothing = Obligations(
        pages=PagingScope.NOBODY,
        business_hours_only=False,
        required_role_ids=(),
        fill_roles_within_minutes=None,
        internal_cadence_minutes=None,
        public_cadence_minutes=None,
        postmortem_required=False,
        postmortem_due_days=None,
    )
    assert (calls(nothing, 5), obliges(nothing, [])) == ("Calls nobody.", "Owes nothing more.")
    much = replace(nothing, pages=PagingScope.ALL_HANDS, public_cadence_minutes=90, postmortem_required=True)
    assert calls(much, 1) == "Calls all hands now: 1 person."
    assert obliges(much, [Role(name="Scribe")]) == "Scribe to be found. Updates: public every 1 h 30 min. A postmortem."
    named = [Role(name="Commander"), Role(name="Lead"), Role(name="Scribe")]
    soon = replace(much, fill_roles_within_minutes=5, postmortem_due_days=1, public_cadence_minutes=None)
    assert obliges(soon, named) == "Commander, Lead and Scribe within 5 min. A postmortem within 1 day."
