"""Two people who change the same: whoever is second reads both texts, and loses neither."""

import pytest

from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.severity_changes import change_severity
from actions.updates import edit_update, publish_update
from core.ids import encode
from models.words import Audience
from tests.console.desk import words


@pytest.fixture
async def incident(world):
    return await world.do(
        declare_incident, world.ben, title="Checkout fails", severity="SEV1", services=["checkout-api"]
    )


def at(incident, deed):
    return f"/console/incidents/{incident.reference}/do/{deed}"


def form_of(incident, **changed):
    plain = {"title": incident.title, "public_title": "", "summary": "", "services": "checkout-api", "labels": ""}
    return {**plain, "expected_version": str(incident.version), **changed}


async def test_an_edit_that_comes_second_shows_every_text_that_differs(world, sits, incident):
    ben = await sits("ben")
    theirs = {"title": "Payments fail", "summary": "The pool is empty.", "labels": {"region": "eu"}}
    await world.do(edit_incident, world.chi, incident=incident.reference, **theirs)
    mine = form_of(incident, title="Orders fail", summary="A release broke it.")
    page = words(await ben.is_refused(at(incident, "edit"), mine))
    assert "The form for it is gone" not in page, "it stands there"
    assert (
        "Saved meanwhile Title for colleagues: Payments fail What is known so far: The pool is empty. Labels: region=eu"
        " Yours Title for colleagues: Orders fail What is known so far: A release broke it. Labels: (nothing)" in page
    )
    assert "Services:" not in page.split("Saved meanwhile")[1].split("Put the two")[0], "only what differs"
    assert (await world.incident(incident.id)).title == "Payments fail"


async def test_after_both_were_shown_the_next_edit_stands_against_what_was_shown(world, sits, incident):
    ben = await sits("ben")
    await world.do(edit_incident, world.chi, incident=incident.reference, title="Payments fail")
    html = await ben.is_refused(at(incident, "edit"), form_of(incident, title="Orders fail"))
    form = html.partition('id="form-edit"')[2].partition("</form>")[0]
    assert 'name="expected_version" value="2"' in form
    assert 'value="Orders fail"' in form
    await ben.does(at(incident, "edit"), form_of(incident, title="Orders and payments fail", expected_version="2"))
    assert (await world.incident(incident.id)).title == "Orders and payments fail"


async def test_a_form_that_comes_back_for_another_reason_still_stands_against_what_its_writer_saw(
    world, sits, incident
):
    ben = await sits("ben")
    await world.do(edit_incident, world.chi, incident=incident.reference, title="Payments fail")
    html = await ben.is_refused(at(incident, "edit"), form_of(incident, labels="nonsense"))
    form = html.partition('id="form-edit"')[2].partition("</form>")[0]
    assert f'name="expected_version" value="{incident.version}"' in form, "else it would undo unseen what Chi saved"


async def test_a_severity_and_a_stage_that_changed_meanwhile_are_told(world, sits, incident):
    ben = await sits("ben")
    await world.do(change_severity, world.chi, incident=incident.reference, severity="SEV2")
    seen = {"expected_version": str(incident.version)}
    page = words(await ben.is_refused(at(incident, "severity"), {**seen, "severity": "SEV3"}))
    assert "Saved meanwhile Severity: SEV2 Yours Severity: SEV3" in page
    page = words(await ben.is_refused(at(incident, "stage"), {**seen, "stage": "MITIGATION"}))
    assert "Saved meanwhile Stage: Response Yours Stage: Mitigation" in page


async def test_an_update_that_was_reworded_meanwhile_is_shown_beside_the_words_of_mine(world, sits, incident):
    ben = await sits("ben")
    said = {"audience": Audience.INTERNAL, "body": "We look."}
    update = await world.do(publish_update, world.ben, incident=incident.reference, **said)
    own = encode("Update", update.id)
    await world.do(edit_update, world.chi, update=own, body="We look at the pool.")
    mine = {"update": own, "body": "We look at the release.", "expected_version": "1"}
    html = await ben.is_refused(at(incident, "reword"), mine)
    assert "Saved meanwhile We look at the pool. Yours We look at the release." in words(html)
    fold = html.partition(f'id="reword-{update.id}" open')[2].partition("</form>")[0]
    assert 'name="expected_version" value="2"' in fold
    assert "We look at the release.</textarea>" in fold
    await ben.does(at(incident, "reword"), {**mine, "body": "We look at both.", "expected_version": "2"})
    assert len(await world.events(incident.id, "update.edited")) == 2
