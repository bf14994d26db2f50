"""Erasing a text from its page: admins alone, with a reason and the reference typed, for good."""

import pytest

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.updates import publish_update
from core.ids import encode
from models.words import Audience, EntryKind
from tests.console.desk import words

SECRET = "The password is hunter2"


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


async def test_an_admin_erases_an_entry_and_an_update_and_nobody_else_can(world, sits, incident):
    ref, here = incident.reference, f"/console/incidents/{incident.reference}"
    await world.do(add_entry, world.ben, incident=ref, kind=EntryKind.NOTE, text=SECRET)
    await world.do(publish_update, world.ben, incident=ref, audience=Audience.INTERNAL, body="Use key AKIA1")
    [entry] = await world.events(incident.id, "entry.added")
    [update] = await world.events(incident.id, "update.published")
    [declared] = await world.events(incident.id, "incident.declared")
    ada, ben = await sits("ada"), await sits("ben")
    of_entry, of_update = (f"{here}/erase/{encode('Event', each.id)}" for each in (entry, update))
    assert f'href="{here}/erase"' in (await ada.get(here)).text
    assert f'href="{here}/erase"' not in (await ben.get(here)).text
    for path in (f"{here}/erase", of_entry):
        assert (await ben.get(path)).status_code == 403
    given = {"reason": "A secret", "confirm": ref}
    assert (await ben.post(of_entry, given)).status_code == 403
    listed = (await ada.get(f"{here}/erase")).text
    assert listed.count('class="btn btn-s" href="' + here) == 2
    assert SECRET in await ada.reads(of_entry)
    refused = await ada.is_refused(of_entry, {"reason": "A secret", "confirm": "yes"})
    assert "Nothing was changed." in words(refused)
    assert 'value="A secret"' in refused
    assert 'aria-invalid="true"' in await ada.is_refused(of_entry, {"reason": " ", "confirm": ref})
    assert SECRET in await ben.reads(here)
    assert await ada.does(of_entry, given) == f"{here}/erase"
    await ada.does(of_update, given)
    for page in (await ben.reads(here), await ada.reads(f"{here}/erase")):
        assert "hunter2" not in page
        assert "AKIA1" not in page
    assert "erased the text of entry" in await ben.reads(here)
    assert (await ada.get(f"{here}/erase")).text.count('class="btn btn-s" href="' + here) == 0
    assert "erased before" in words(await ada.is_refused(of_entry, given, status=409))
    assert (await ada.get(f"{here}/erase/{encode('Event', declared.id)}")).status_code == 404
    other = await world.do(declare_incident, world.ben, title="Another", severity="SEV2")
    elsewhere = f"/console/incidents/{other.reference}/erase/{encode('Event', entry.id)}"
    assert (await ada.get(elsewhere)).status_code == 404
    assert (await ada.get(f"{here}/erase/nonsense")).status_code in (404, 422)
